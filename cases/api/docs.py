"""Parameters of the main job's addresses, for the published schema."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from cases.models import Case
from workflows.models import WorkItem


def query(name: str, text: str, kind: OpenApiTypes = OpenApiTypes.STR) -> OpenApiParameter:
    """A parameter of an address."""
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=text)


def choice(name: str, allowed: list[str], text: str) -> OpenApiParameter:
    """A parameter that is one of some words."""
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=text, enum=allowed
    )


LIGHT = choice("light", ["green", "yellow", "red", "grey"], "light shown")
MATTER = query("matter", "a matter's code")
PAGE = [
    query("limit", "rows a page, 100 at most", OpenApiTypes.INT),
    query("cursor", "from `next` or `previous`"),
]
CASE_FILTERS = [
    choice("status", list(Case.Status.values), "status"),
    LIGHT,
    MATTER,
    query("division", "a division and all below it"),
    query("number", "the case's number"),
    query("opened_from", "first day", OpenApiTypes.DATE),
    query("opened_to", "last day", OpenApiTypes.DATE),
]
TASK_FILTERS = [
    choice("status", list(WorkItem.Status.values), "status"),
    query("mine", "claimed or done by me", OpenApiTypes.BOOL),
    query("claimable", "ready for one of my roles", OpenApiTypes.BOOL),
    MATTER,
    LIGHT,
    query("organisation", "an organisation's code"),
    query("case", "a case's id or number"),
]
