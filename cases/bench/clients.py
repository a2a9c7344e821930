"""Clients that measure: plain HTTP, kept open, light enough not to be what is measured."""

import http.client
import json
import multiprocessing
import resource
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = Any


@dataclass(frozen=True)
class Call:
    """One POST that is ready to be sent."""

    path: str
    token: str
    body: Json


@dataclass
class Answer:
    """What came back: status, seconds, and the server's own account of them in ms."""

    status: int
    seconds: float
    timing: dict[str, float] = field(default_factory=dict)
    body: Json = None


class Poster:
    """One connection."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.prefix = parts.path

    def send(self, call: Call, *, key: str = "", keep: bool = False) -> Answer:
        """Send it and wait for the whole answer."""
        body = json.dumps(call.body).encode()
        headers = {"Authorization": f"Token {call.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        began = time.perf_counter()
        self.http.request("POST", self.prefix + call.path, body, headers)
        response = self.http.getresponse()
        content = response.read()
        took = time.perf_counter() - began
        timing = _timing(response.headers.get("Server-Timing", ""))
        wanted = keep or response.status >= 400
        return Answer(response.status, took, timing, json.loads(content) if wanted else None)


def _timing(header: str) -> dict[str, float]:
    """`db;dur=3.1, engine;dur=1.2` as numbers."""
    found = {}
    for part in filter(None, (piece.strip() for piece in header.split(","))):
        name, _, rest = part.partition(";")
        found[name] = float(rest.partition("dur=")[2].partition(";")[0] or 0)
    return found


@dataclass
class Run:
    """What several client processes did at once."""

    answers: list[Answer]
    seconds: float
    client_cpu: float

    @property
    def failed(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status >= 400]


def run_clients(base: str, shares: list[list[Call]]) -> Run:
    """One process for each share of the calls; all begin at the same moment."""
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(len(shares) + 1)
    results = context.SimpleQueue()
    workers = [
        context.Process(target=_client, args=(base, share, gate, results)) for share in shares
    ]
    for worker in workers:
        worker.start()
    gate.wait(60)
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    began = min(row[1] for row in found)
    ended = max(row[2] for row in found)
    answers = [answer for row in found for answer in row[0]]
    return Run(answers, ended - began, sum(row[3] for row in found))


def _client(base: str, calls: list[Call], gate: Any, results: Any) -> None:
    poster = Poster(base)
    poster.http.connect()
    gate.wait(60)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()
    answers = [poster.send(call) for call in calls]
    ended = time.monotonic()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    results.put((answers, began, ended, cpu))
