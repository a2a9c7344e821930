"""The request that this thread or task answers, for what has to be told of it afterwards."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse

_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_current: ContextVar["Current | None"] = ContextVar("current_request", default=None)


@dataclass(frozen=True)
class Current:
    """A request under way. `address` is None where the client has none (a local socket)."""

    request: HttpRequest
    id: str
    address: str | None


def get() -> Current | None:
    """The request under way; None in jobs and commands."""
    return _current.get()


@contextmanager
def answering(request: HttpRequest) -> Iterator[Current]:
    """What happens inside happens for this request."""
    asked = request.headers.get("X-Request-ID", "")
    request_id = asked if _SOUND_ID.fullmatch(asked) else uuid.uuid4().hex
    found = Current(request, request_id, client_address(request))
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


def client_address(request: HttpRequest) -> str | None:
    """Where the client is, as the sender has it or a proxy of ours tells it
    (`common.http.proxies`); None for a local socket."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


class CurrentMiddleware:
    """Makes the request known to `get`, and its id to the client."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request) as found:
            response = self.get_response(request)
            response.headers.setdefault("X-Request-ID", found.id)
            return response
