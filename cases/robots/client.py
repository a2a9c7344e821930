"""The HTTP API as a robot uses it: one connection kept, every POST with its own key."""

import json
import logging
import random
import threading
import time
import uuid
from collections import Counter
from typing import Any

import httpx

PATIENCE = 180.0  # seconds that a robot goes on trying while the server is away
AWAY = {502, 503, 504}
# what a proxy on this machine says: with LIANBAN_HTTPS, plain HTTP is sent away
AS_PROXY = {"X-Forwarded-Proto": "https"}
logging.getLogger("httpx").setLevel(logging.WARNING)  # one line a request otherwise
Json = Any


class GivenUpError(Exception):
    """The server stayed away for longer than a robot waits."""


class RefusedError(Exception):
    """The server answered with a problem."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        try:
            self.body = response.json()
        except ValueError:
            self.body = {"code": "", "detail": response.text[:300]}
        self.code = str(self.body.get("code", ""))
        super().__init__(f"{self.status} {self.code} {json.dumps(self.body, ensure_ascii=False)}")


class Client:
    """One robot's connection. Not shared between threads.

    A request that meets no server, or one that is going down, is repeated with the same
    Idempotency-Key, so that it is done once. `failures` counts answers 500 by their path: those
    are errors even when the repetition went well.
    """

    def __init__(self, base: str, tokens: dict[str, str], *, patience: float = PATIENCE) -> None:
        self.tokens, self.patience = tokens, patience
        self.failures: Counter[str] = Counter()
        self.requests = 0
        self.http = httpx.Client(
            base_url=base,
            timeout=httpx.Timeout(60, connect=5),
            headers={"Accept": "application/json"} | AS_PROXY,
            trust_env=False,
        )

    def close(self) -> None:
        self.http.close()

    def get(self, username: str, path: str, **query: Any) -> Json:
        """GET as a user. Raises RefusedError, GivenUpError."""
        return self._send("GET", username, path, params=query, headers={})

    def post(self, username: str, path: str, body: Json = None, *, key: str = "") -> Json:
        """POST as a user, once whatever happens to the connection."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._send("POST", username, path, json=body or {}, headers=headers)

    def _send(
        self, method: str, username: str, path: str, *, headers: dict[str, str], **rest: Any
    ) -> Json:
        headers = headers | {"Authorization": f"Token {self.tokens[username]}"}
        until = time.monotonic() + self.patience
        pause = 0.05
        while True:
            self.requests += 1
            try:
                response = self.http.request(method, path, headers=headers, **rest)
            except httpx.TransportError as error:
                trouble: Exception = error
            else:
                if response.status_code < 400:
                    return response.json() if response.content else None
                if response.status_code == 500:
                    self.failures[path] += 1
                if response.status_code != 500 and response.status_code not in AWAY:
                    raise RefusedError(response)
                trouble = RefusedError(response)
            if time.monotonic() > until or self.failures[path] > 5:
                raise GivenUpError(f"{method} {path}: {trouble!r}") from trouble
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads the repetitions
            pause = min(pause * 2, 2.0)


class Clients:
    """A client for each thread, closed together."""

    def __init__(self, base: str, tokens: dict[str, str]) -> None:
        self.base, self.tokens = base, tokens
        self._local = threading.local()
        self._all: list[Client] = []

    def here(self) -> Client:
        """This thread's client."""
        found: Client | None = getattr(self._local, "client", None)
        if found is None:
            found = self._local.client = Client(self.base, self.tokens)
            self._all.append(found)
        return found

    def close(self) -> None:
        for client in self._all:
            client.close()

    @property
    def failures(self) -> Counter[str]:
        """Answers 500 of all threads, by path."""
        return sum((client.failures for client in self._all), Counter())
