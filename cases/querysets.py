"""Narrowing rows: what a user may see, what is open, what a light shows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from permissions.access import under
from workflows.models import WorkItem

if TYPE_CHECKING:
    from cases.models import Case, Matter, Package  # noqa: F401
    from permissions.models import User

OPEN_MATTER = ("waiting", "running")
OPEN_ITEM = ("ready", "claimed")


def items_visible_to(user: User) -> QuerySet[WorkItem]:
    """Work items of one's own organisations; all for the county's supervision."""
    if user.access.is_county_wide:
        return WorkItem.objects.all()
    return WorkItem.objects.filter(org_unit_id__in=user.access.org_unit_ids)


def may_see_item(user: User, item: WorkItem) -> bool:
    """The same of one loaded item."""
    return user.access.is_county_wide or item.org_unit_id in user.access.org_unit_ids


def seen_whole(user: User, cases: list[Case]) -> list[int]:
    """Those of the cases that the user sees for their own sake, with every task."""
    prefixes = tuple(user.access.prefixes)
    return [
        case.pk
        for case in cases
        if case.opened_by_id == user.pk or case.division_code.startswith(prefixes)
    ]


def households_of_cases(user: User) -> Q:
    """Households of cases that the user sees, as a condition on households."""
    from cases.models import Case

    return Q(pk__in=Case.objects.visible_to(user).values("household_id"))


class PackageQuerySet(QuerySet["Package"]):
    def newest(self) -> Self:
        """The newest version of each code."""
        latest = self.model.objects.values("code").annotate(v=Max("id")).values("v")
        return self.filter(pk__in=latest)


class CaseQuerySet(QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """Own township's for those at the window, all for the county's supervision, and those
        in which one's organisation has, or had, work to do."""
        access = user.access
        seen = under(access.prefixes)
        if access.prefixes == [""]:
            return self.filter(seen)
        seen |= Q(opened_by=user)
        if access.org_unit_ids:
            items = WorkItem.objects.filter(
                subject_id=OuterRef("pk"), org_unit_id__in=access.org_unit_ids
            )
            seen = seen | Q(Exists(items))
        return self.filter(seen)

    def lit(self, light: str, *, today: date) -> Self:
        """Cases by the light of their open matters."""
        from cases.models import Matter

        def any_matter(*where: Q) -> Exists:
            return Exists(Matter.objects.open().filter(*where, case_id=OuterRef("pk")))

        red = any_matter(Q(pauses=0, due_on__lt=today))
        yellow = any_matter(Q(pauses=0, due_on__gte=today, warn_on__lte=today))
        runs = any_matter(Q(pauses=0))
        rows = self.filter(status="open")
        match light:
            case "red":
                return rows.filter(red)
            case "yellow":
                return rows.filter(~red, yellow)
            case "green":
                return rows.filter(runs, ~red, ~yellow)
            case "grey":
                return rows.filter(~runs)
        return rows.none()


class MatterQuerySet(QuerySet["Matter"]):
    def open(self) -> Self:
        """Waiting or running."""
        return self.filter(status__in=OPEN_MATTER)
