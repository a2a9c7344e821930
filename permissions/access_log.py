"""查阅日志: who looked at whom, when, from where and why. Reads are told here, writes by events.

Every view that shows personal detail calls `record` once: a list with all ids that it shows.
What was refused is recorded by the middleware, whatever the view.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from common import current, direct
from permissions.models import AccessRecord, User

MOST = 1000
LONGEST = 200
REFUSED = frozenset({403, 404})


def record(  # noqa: PLR0913 - one flat call says all of it
    *,
    kind: str,
    person_ids: Iterable[int | None] = (),
    household_id: int | None = None,
    case_id: int | None = None,
    household_ids: Iterable[int | None] = (),
    case_ids: Iterable[int | None] = (),
    fields: Iterable[str] = (),
    purpose: str = "",
    user: User | None = None,
) -> AccessRecord:
    """Write one row, by one statement; it is kept even where the page then fails.

    kind: of AccessRecord.Kind. The lists are for pages that show several; None among them is left
    out. fields: names of what was laid open. user: for commands; else the request's. Called
    inside a transaction, it is kept only with that.
    """
    asked = current.get()
    request = asked.request if asked else None
    who = user or _user_of(request)
    row = AccessRecord(
        **_who(who),
        kind=kind,
        via=_via(request),
        person_ids=_ids(person_ids),
        household_ids=_ids([household_id, *household_ids]),
        case_ids=_ids([case_id, *case_ids]),
        fields=[str(name)[:LONGEST] for name in fields][:MOST],
        purpose=purpose[:1000].replace("\0", ""),
        path=request.path[:LONGEST].replace("\0", "") if request else "",
        address=asked.address if asked else None,
        request_id=asked.id if asked else "",
    )
    direct.add([row])
    return row


def _user_of(request: HttpRequest | None) -> User | None:
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def _who(user: User | None) -> dict[str, Any]:
    if user is None:
        return {"user_id": None, "username": "", "held": ""}
    held = [f"{grant.org_code}:{grant.role}" for grant in user.access.grants]
    return {"user_id": user.pk, "username": user.username, "held": " ".join(held)}


def _via(request: HttpRequest | None) -> str:
    if request is None:
        return AccessRecord.Via.COMMAND
    by_token = getattr(request, "auth", None) is not None
    return AccessRecord.Via.TOKEN if by_token else AccessRecord.Via.SESSION


def _ids(ids: Iterable[int | None]) -> list[int]:
    return sorted({pk for pk in ids if pk is not None})[:MOST]


class AccessLogMiddleware:
    """Records what a signed-in user asked for and was not shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # an address that is none of ours names nobody
        if response.status_code in REFUSED and request.resolver_match and _user_of(request):
            record(kind=AccessRecord.Kind.REFUSED)
        return response
