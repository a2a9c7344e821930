"""Pages of the main job: each parses, calls one service, renders."""

from django.http import HttpRequest

from common.errors import MissingError
from cases.models import Case
from permissions.models import User


def user_of(request: HttpRequest) -> User:
    """The signed-in user: views are behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def visible_case(request: HttpRequest, pk: int) -> Case:
    """A case that the user sees. Raises MissingError."""
    rows = Case.objects.visible_to(user_of(request))
    found = rows.select_related("applicant", "household", "township").filter(pk=pk).first()
    if found is None:
        raise MissingError
    return found


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    details = getattr(request, "htmx", None)
    return bool(details) and not details.boosted and not details.history_restore_request
