"""Where a request's time goes, told in its Server-Timing header: for measuring only.

Switched on by LIANBAN_TIMING=1. Off, `part` costs one look at a context variable.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

_parts: ContextVar[Counter[str] | None] = ContextVar("timing_parts", default=None)


@contextmanager
def part(name: str) -> Iterator[None]:
    """What happens inside belongs to a part of the request: `engine`, `db`."""
    found = _parts.get()
    if found is None:
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        found[name] += time.perf_counter() - began  # type: ignore[assignment]


def _query(execute: Callable[..., Any], *args: Any) -> Any:
    found = _parts.get()
    if found is not None:
        found["queries"] += 1
    with part("db"):
        return execute(*args)


class TimingMiddleware:
    """Measures the whole request, its queries and commits, and what `part` names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found: Counter[str] = Counter()
        token, began = _parts.set(found), time.perf_counter()
        wrapped: Any = connection  # its commits are no queries
        commit = wrapped._commit
        try:
            wrapped._commit = lambda: _committed(commit)
            with connection.execute_wrapper(_query):
                response = self.get_response(request)
        finally:
            wrapped._commit = commit
            _parts.reset(token)
        total = time.perf_counter() - began
        told = [f"{name};dur={1000 * found[name]:.3f}" for name in ("db", "engine")]
        told += [f"total;dur={1000 * total:.3f}", f"queries;dur={found['queries']}"]
        response["Server-Timing"] = ", ".join(told)
        return response


def _committed(commit: Callable[[], Any]) -> Any:
    with part("db"):
        return commit()
