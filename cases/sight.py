"""What of a case somebody sees: all of it, or the matters in which their organisation has a part.

Whoever sees a case for its own sake (its township, the supervision) sees it whole. A department
sees that there are other matters and how far they are; their reasons, sums, papers and events are
for those who handle them.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from cases import catalogue, taskrows
from cases.models import Case
from cases.querysets import seen_whole
from cases.shares import shared_with
from cases.taskrows import TaskRow
from permissions.models import User


class Seen(Protocol):
    """What is looked at of a matter."""

    @property
    def pk(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def package_id(self) -> int: ...


class Sight(NamedTuple):
    """matters, codes: those that are seen whole, of a case that is not."""

    is_whole: bool
    matters: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def covers(self, matter_id: int) -> bool:
        """Whether a matter is seen with all that belongs to it."""
        return self.is_whole or matter_id in self.matters

    def covers_code(self, code: str) -> bool:
        """The same by code; what is of no matter is everybody's."""
        return self.is_whole or not code or code in self.codes

    def covers_kind(self, kind: str) -> bool:
        """Whether a kind of paper is."""
        return self.is_whole or kind in self.kinds


WHOLE = Sight(is_whole=True)


def sight_of(user: User, case: Case) -> Sight:
    """What of one case a user sees, who sees it."""
    if seen_whole(user, [case]) or Case.objects.filter(shared_with(user), pk=case.pk).exists():
        return WHOLE
    return of_rows(user, case.matters.all(), taskrows.of_cases(user, [case], ()))


def of_rows(user: User, matters: Iterable[Seen], items: Iterable[TaskRow]) -> Sight:
    """The same of loaded rows. items: those tasks of the case that the user sees."""
    units = _organisations(user)
    worked_on = {item.owner_id for item in items if item.owner_type == "matter"}
    found = [(row, catalogue.package(row.package_id).settings) for row in matters]
    mine = [pair for pair in found if pair[0].pk in worked_on or units & _parties(pair[1])]
    return Sight(
        is_whole=False,
        matters=frozenset(row.pk for row, _settings in mine),
        codes=frozenset(row.code for row, _settings in mine),
        kinds=frozenset(
            paper["kind"] for _row, settings in mine for paper in settings.get("materials", [])
        ),
    )


def _organisations(user: User) -> set[str]:
    reach = user.access.reach("case.see")
    within = {*reach.org_unit_ids, *(post.org_unit_id for post in reach.posts)}
    return {grant.org_code for grant in user.access.grants if grant.org_unit_id in within}


def _parties(settings: dict[str, Any]) -> set[str]:
    return {settings.get("lead", ""), *settings.get("with", [])}
