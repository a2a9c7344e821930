"""Pages of the main job: each parses, calls one service, renders."""

from typing import Any

from django.http import HttpRequest

from cases.models import Case
from common.errors import MissingError
from permissions.people import user_of

__all__ = ["is_fragment", "user_of", "visible_case"]


def visible_case(request: HttpRequest, pk: int) -> Case:
    """A case that the user sees. Raises MissingError."""
    rows = Case.objects.visible_to(user_of(request))
    found = rows.select_related("applicant", "household", "township").filter(pk=pk).first()
    if found is None:
        raise MissingError
    return found


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    details: Any = getattr(request, "htmx", None)
    return bool(details) and not details.boosted and not details.history_restore_request
