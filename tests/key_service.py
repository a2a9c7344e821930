"""A small key service, run as a program: PORT_FILE TOKEN. It fails as its /mode says."""

import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEYS = {"field": {1: secrets.token_hex(32)}, "index": {1: secrets.token_hex(32)}}
STATE = {"mode": "sound"}
BROKEN = {
    "garbage": b"\x00<html>",
    "wrong": b'{"key": "abc", "versions": ["x"]}',
    "list": b"[1]",
    "short": b'{"key": "' + b"ab" * 16 + b'", "versions": []}',
}


class Service(BaseHTTPRequestHandler):
    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _do(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts[0] == "mode":
            STATE["mode"] = parts[1]
            self._answer(200, b"")
            return
        if self.headers.get("Authorization") != f"Bearer {sys.argv[2]}":
            self._answer(401, b"")
        elif STATE["mode"] in BROKEN:
            self._answer(200, BROKEN[STATE["mode"]])
        elif STATE["mode"] == "failing":
            self._answer(500, b"")
        elif STATE["mode"] == "slow":
            time.sleep(5)
        else:
            self._sound(*parts)

    def _sound(self, name: str, version: str = "") -> None:
        held = KEYS[name]
        if self.command == "POST":
            held[max(held) + 1] = secrets.token_hex(32)
            self._answer(200, json.dumps({"version": max(held)}).encode())
        elif self.command == "DELETE":
            del held[int(version)]
            self._answer(204, b"")
        elif not version:
            self._answer(200, json.dumps({"versions": list(held)}).encode())
        elif int(version) in held:
            self._answer(200, json.dumps({"key": held[int(version)]}).encode())
        else:
            self._answer(404, b"")

    do_GET = do_POST = do_DELETE = _do  # noqa: N815 - the library's names

    def log_message(self, *_arguments: object) -> None:
        """Nothing is told."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    fresh = Path(sys.argv[1] + ".new")
    fresh.write_text(str(server.server_port))
    fresh.replace(sys.argv[1])
    server.serve_forever()
