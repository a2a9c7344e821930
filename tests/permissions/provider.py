"""An identity provider as a process of its own, with faults on demand.

`python provider.py` prints its address. POST /fault sets what goes wrong in the next ID tokens:
a JSON object of claims to change (times count from now), or `key`: other, `algorithm`: none.
"""

import json
import secrets
import sys
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "lianban", "shared secret"
KEYS = {
    name: RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"}, private=True)
    for name in ("own", "other")
}
asked: dict[str, dict[str, str]] = {}  # by code
fault: dict[str, Any] = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/.well-known/openid-configuration":
            own = self.server.address  # type: ignore[attr-defined]
            self._say(
                {
                    "issuer": own,
                    "authorization_endpoint": f"{own}/authorize",
                    "token_endpoint": f"{own}/token",
                    "jwks_uri": f"{own}/keys",
                }
            )
        elif where.path == "/keys":
            self._say({"keys": [KEYS["own"].as_dict(private=False)]})
        elif where.path == "/authorize":
            query = dict(parse_qsl(where.query))
            code = secrets.token_urlsafe(8)
            asked[code] = query
            back = urlencode({"code": code, "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/fault":
            fault.clear()
            fault.update(json.loads(body))
            self._say({})
            return
        typed = {name: values[0] for name, values in parse_qs(body).items()}
        query = asked.pop(typed.get("code", ""), None)
        if query is None or not self._is_ours(typed, query):
            self._say({"error": "invalid_grant"}, 400)
        else:
            self._say({"access_token": "x", "token_type": "Bearer", "id_token": self._token(query)})

    def _is_ours(self, typed: dict[str, str], query: dict[str, str]) -> bool:
        digest = sha256(typed.get("code_verifier", "").encode()).digest()
        return (
            (typed.get("client_id"), typed.get("client_secret")) == (CLIENT, SECRET)
            and typed.get("redirect_uri") == query["redirect_uri"]
            and urlsafe_b64encode(digest).decode().rstrip("=") == query["code_challenge"]
        )

    def _token(self, query: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.server.address,  # type: ignore[attr-defined]
            "aud": CLIENT,
            "sub": "4711",
            "preferred_username": "clerk",
            "nonce": query["nonce"],
            "iat": now,
            "exp": now + 60,
        }
        changed = {name: value for name, value in fault.items() if name not in {"key", "alg"}}
        for name in {"iat", "exp"} & {n for n, value in changed.items() if value is not None}:
            changed[name] += now
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        if fault.get("alg") == "none":
            head, body = ({"alg": "none", "kid": "one"}, claims)
            parts = [
                urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in (head, body)
            ]
            return ".".join([*parts, ""])
        key = KEYS[fault.get("key", "own")]
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)

    def _say(self, data: Any, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    sys.stdout.write(f"{server.address}\n")  # type: ignore[attr-defined]
    sys.stdout.flush()
    server.serve_forever()
