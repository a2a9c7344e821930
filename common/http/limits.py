"""How often somebody may ask, counted in the database for all processes together.

Each kind of request has two limits a minute: for a user, and for an address (an IPv6 one by its
network), which a whole office may share. `general` counts whatever is asked; a process tells the
database of it only every STEP requests, so that it costs what completing a task does not notice.
"""

import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from common.errors import ServiceError
from common.pages import problem_of, refusal

SECONDS = 60
STEP = 20
GENERAL = "general"
UNLIMITED = {"healthz", "readyz"}
# pages by the names of their addresses; views of the API say it themselves (`ApiView.limit`)
PAGES = {
    "sign-in": ("POST", "sign-in"),
    "window-lookup": ("POST", "lookup"),
    "find": ("POST", "search"),
    "households": ("GET", "search"),
}
COUNT = """
INSERT INTO common_requestwindow AS w (scope, subject, begins, count)
SELECT scope, subject, extract(epoch FROM clock_timestamp())::bigint / %s, %s
FROM unnest(%s::text[], %s::text[]) AS asked (scope, subject)
ON CONFLICT (scope, subject) DO UPDATE SET
    count = CASE WHEN w.begins = excluded.begins THEN w.count ELSE 0 END + excluded.count,
    begins = excluded.begins
RETURNING scope, subject, count
"""
# what this process has not told yet
_untold: Counter[tuple[str, ...]] = Counter()


class RateLimitedError(ServiceError):
    """Asked too often; `extra["retry_after"]` is in seconds."""

    status = 429
    code = "rate-limited"


def count(kind: str, *, user_id: int | None, address: str) -> None:
    """Count a request of a kind. Raises RateLimitedError.

    A statement of its own, outside any transaction: what is refused counts, too.
    """
    subjects = _subjects(user_id, address)
    if settings.LIANBAN_LIMITS.get(kind) is None or not subjects:
        return
    if kind != GENERAL:
        _tell(kind, subjects, 1)
        return
    _untold[subjects] += 1
    if _untold[subjects] >= STEP:
        _tell(kind, subjects, _untold.pop(subjects))
    elif len(_untold) > 10_000:  # as many strangers, each with a few requests
        _untold.clear()


def _subjects(user_id: int | None, address: str) -> tuple[str, ...]:
    """Users before addresses: rows are locked in this order."""
    found = [] if user_id is None else [f"user {user_id}"]
    if network := _network(address):
        found.append(f"address {network}")
    return tuple(found)


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return ""  # a Unix socket's other end
    if isinstance(found, IPv6Address):
        return str(ip_network(f"{found}/64", strict=False))
    return str(found)


def _tell(kind: str, subjects: tuple[str, ...], times: int) -> None:
    allowed = settings.LIANBAN_LIMITS[kind]
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [SECONDS, times, [kind] * len(subjects), list(subjects)])
        counted = {subject: counted for _kind, subject, counted in cursor.fetchall()}
    for subject in subjects:
        limit = allowed[0] if subject.startswith("user ") else allowed[1]
        if counted[subject] > limit:
            raise RateLimitedError(retry_after=SECONDS - int(time.time()) % SECONDS)


class Limits:
    """Middleware: the general limit for every page, and those of some. After signing in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """A refusal as a page; the API counts by itself, once it knows who asks."""
        match = request.resolver_match
        name = (match.url_name if match else "") or ""
        if name in UNLIMITED or hasattr(view, "cls"):
            return None
        verb, kind = PAGES.get(name, ("", ""))
        address = request.META.get("REMOTE_ADDR", "")
        try:
            for one in (GENERAL, kind if request.method == verb else ""):
                count(one, user_id=request.user.pk, address=address)
        except RateLimitedError as error:
            return refusal(request, problem_of(error))
        return None
