"""Which of a household's facts a task needs: those that its matter's tables ask for.

A department sees in its task what it decides by, and nothing else that is sensitive. Townships
and the intake look after the whole case; who goes to homes sees neither means nor illness.
"""

from typing import NamedTuple

from cases import rulebook
from cases.models import Package
from households import masking
from workflows.models import WorkItem

ON_THE_GROUND = "helper"
AT_TOWNSHIP = frozenset({"window_clerk", "township_officer", "township_approver"})


class Group(NamedTuple):
    """Columns and verified facts that are shown together, where a table asks for one of `asked`."""

    columns: frozenset[str]
    asked: frozenset[str]


GROUPS = (
    Group(
        frozenset({*masking.MEANS, "homes", "means.verified"}),
        frozenset({"pci", "pci_less_rigid", "average_income_month", "assets", "vehicles_value"})
        | {"homes", "companies", "rigid_share", "assets_months"},
    ),
    Group(frozenset(masking.ILLNESS), frozenset({"severe_illness", "medical_own_cost"})),
    Group(
        frozenset({"disability_category", "disability_grade", "disability_from", "disability_to"})
        | {"care_level"},
        frozenset({"disability_category", "disability_grade", "care_level", "certificate_valid"}),
    ),
    Group(
        frozenset(masking.OF_CHILDREN),
        frozenset({"father_state", "mother_state", "obligor_state", "care_status"}),
    ),
)
EVERYTHING = frozenset(column for group in GROUPS for column in group.columns)


def hidden(item: WorkItem, package: Package) -> frozenset[str]:
    """Columns and names of verified facts that are not shown with a task."""
    if item.role == ON_THE_GROUND:
        return EVERYTHING
    if item.role in AT_TOWNSHIP or item.owner_type != "matter":
        return frozenset()
    asked = rulebook.facts_asked(package)
    return frozenset().union(*(g.columns for g in GROUPS if not g.asked & asked))
