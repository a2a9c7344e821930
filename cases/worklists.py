"""The work list: what one has, what one's organisation may take, in the order it is due."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases import catalogue, taskrows
from cases.models import Case, Matter, Supplement
from cases.querysets import of_posts
from common import clock
from permissions.models import User
from workflows.models import WorkItem

VIEWS = {
    "mine": _("我的"),
    "claimable": _("本单位待领"),
    "today": _("今天到期"),
    "late": _("已超期"),
    "supplement": _("等补正"),
}
PAGE = 15


@dataclass(frozen=True)
class Chip:
    """A filter with its live count."""

    code: str
    label: str
    count: int


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    item: WorkItem
    case: Case
    matter: Matter | None
    title: str
    light: str
    due_on: Any


def to_do(user: User) -> QuerySet[WorkItem]:
    """Everything that is a user's to do: claimed by them, or ready for their role."""
    ready = of_posts(user.access.reach("task.do"))
    mine = Q(status="claimed", assignee=user)
    return WorkItem.objects.filter(mine | Q(ready, status="ready"), instance__status="running")


def _conditions(user: User) -> dict[str, Q]:
    midnight = clock.midnight(clock.today())
    paused = Exists(Matter.objects.filter(pk=OuterRef("owner_id"), pauses__gt=0)) & Q(
        owner_type="matter"
    )
    waits = Exists(Supplement.objects.filter(settled_at=None, matters=OuterRef("owner_id"))) & Q(
        owner_type="matter"
    )
    return {
        "mine": Q(assignee=user),
        "claimable": Q(status="ready"),
        "today": Q(due_at__gt=midnight, due_at__lte=midnight + timedelta(days=1)) & ~Q(paused),
        "late": Q(due_at__lte=midnight) & ~Q(paused),
        "supplement": Q(waits),
    }


def chips(user: User) -> list[Chip]:
    """Every view with its count, in one query."""
    conditions = _conditions(user)
    counts = to_do(user).aggregate(
        **{code: Count("pk", filter=where) for code, where in conditions.items()}
    )
    return [Chip(code, str(VIEWS[code]), counts[code]) for code in VIEWS]


def items(user: User, view: str) -> QuerySet[WorkItem]:
    """A view's items, what is due first first."""
    return to_do(user).filter(_conditions(user)[view]).order_by("due_at", "pk")


def rows(found: list[WorkItem]) -> list[Row]:
    """The lines of some items, in three queries whatever their number."""
    cases = Case.objects.select_related("applicant", "township").in_bulk(
        {item.subject_id for item in found}
    )
    ids = {item.owner_id for item in found if item.owner_type == "matter"}
    matters = Matter.objects.select_related("person").in_bulk(ids)
    return [
        row(item, cases[item.subject_id], matters.get(item.owner_id), clock.today())
        for item in found
    ]


def row(item: WorkItem, case: Case, matter: Matter | None, today: Any) -> Row:
    """One line."""
    owned = matter if item.owner_type == "matter" else None
    package = catalogue.package(owned.package_id if owned else case.intake_id)
    return Row(
        item=item,
        case=case,
        matter=owned,
        title=catalogue.name(package.settings),
        light=taskrows.light(item, owned, today),
        due_on=clock.day_of(item.due_at - clock.TICK) if item.due_at else None,
    )


def next_item(user: User, view: str, *, done: int) -> WorkItem | None:
    """What comes next after an item: of the same view, else one's own, else one to claim."""
    for code in dict.fromkeys([view, "mine", "claimable"]):
        found = items(user, code).exclude(pk=done).first()
        if found is not None:
            return found
    return None
