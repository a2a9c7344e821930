"""Narrowing rows: what a user may see, what is open, what a light shows."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Self

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from permissions.access import NOBODY, Reach, under
from workflows.models import WorkItem

if TYPE_CHECKING:
    from cases.models import Case, Matter, Package  # noqa: F401
    from permissions.models import User

OPEN_MATTER = ("waiting", "running")
OPEN_ITEM = ("ready", "claimed")
# what a named exception opens
SHARED = frozenset({"case.see", "case.see_papers"})


def items_visible_to(user: User) -> QuerySet[WorkItem]:
    """Work items that one sees: by organisation, by post, or by the division of their case."""
    from cases.models import Case

    reach = user.access.reach("task.see")
    seen = of_organisations(reach)
    if reach.prefixes:
        seen |= Q(Exists(Case.objects.filter(under(reach.prefixes), pk=OuterRef("subject_id"))))
    return WorkItem.objects.filter(seen)


def may_see_item(user: User, item: WorkItem) -> bool:
    """The same of one loaded item."""
    reach, division = user.access.reach("task.see"), partial(_division_of, item)
    if item.org_unit_id in reach.org_unit_ids:
        return True
    if reach.has_post(item.role, item.org_unit_id, division):
        return True
    return bool(reach.prefixes) and reach.covers(division())


def may_do_item(user: User, item: WorkItem) -> bool:
    """Whether a loaded item is for one's post."""
    reach = user.access.reach("task.do")
    return reach.has_post(item.role, item.org_unit_id, partial(_division_of, item))


def _division_of(item: WorkItem) -> str:
    from cases.models import Case

    return str(Case.objects.values_list("division_code", flat=True).get(pk=item.subject_id))


def of_organisations(reach: Reach) -> Q:
    """Work items of the organisations and posts within a reach."""
    found = Q(org_unit_id__in=reach.org_unit_ids) if reach.org_unit_ids else NOBODY
    return found | of_posts(reach)


def of_posts(reach: Reach) -> Q:
    """Work items of the posts within a reach; of a post over a village, that village's."""
    from cases.models import Case

    found = NOBODY
    for post in reach.posts:
        here = Q(org_unit_id=post.org_unit_id, role=post.role)
        if post.is_narrow:
            inside = Case.objects.filter(under([post.prefix]), pk=OuterRef("subject_id"))
            here &= Q(Exists(inside))
        found |= here
    return found


def seen_whole(user: User, cases: list[Case]) -> list[int]:
    """Those of the cases that the user sees for their own sake, with every task."""
    reach = user.access.reach("case.see")
    return [
        case.pk
        for case in cases
        if reach.covers(case.division_code) or (reach.is_own and case.opened_by_id == user.pk)
    ]


def households_of_cases(user: User, action: str) -> Q:
    """Households of cases that the user sees, as a condition on households."""
    from cases.models import Case

    if not user.access.reach(action).is_by_cases:
        return NOBODY
    return Q(pk__in=Case.objects.visible_to(user).values("household_id"))


def within(user: User, action: str) -> Q:
    """A condition on cases: of one's divisions, opened oneself, or such in which one's
    organisation or post has, or had, work to do."""
    reach = user.access.reach(action)
    seen = under(reach.prefixes)
    if reach.is_own:
        seen |= Q(opened_by=user)
    if reach.org_unit_ids or reach.posts:
        items = WorkItem.objects.filter(of_organisations(reach), subject_id=OuterRef("pk"))
        seen |= Q(Exists(items))
    if action in SHARED:
        from cases.shares import shared_with

        seen |= shared_with(user)
    return seen


class PackageQuerySet(QuerySet["Package"]):
    def newest(self) -> Self:
        """The newest version of each code."""
        latest = self.model.objects.values("code").annotate(v=Max("id")).values("v")
        return self.filter(pk__in=latest)


class CaseQuerySet(QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """Cases that one sees."""
        return self.open_to(user, "case.see")

    def open_to(self, user: User, action: str) -> Self:
        """Cases with which one may do something."""
        return self.filter(within(user, action))

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
