"""Parameters of the main job's addresses, for the published schema."""

from drf_spectacular.types import OpenApiTypes

from cases.models import Case
from common.http.docs import DIVISION, choice, query
from workflows.models import WorkItem

LIGHT = choice("light", ["green", "yellow", "red", "grey"], "light shown")
MATTER = query("matter", "a matter's code")
CASE_FILTERS = [
    choice("status", list(Case.Status.values), "status"),
    LIGHT,
    MATTER,
    DIVISION,
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
