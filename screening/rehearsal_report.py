"""The report of a rehearsal: totals, running cases, a few people to look at. JSON values only."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cases.models import Matter
from households.models import Household, Person
from households.visibility import people_open_to
from permissions.models import Division
from screening.rehearsal import KINDS, NOTHING, Change, Pair, Trial, pairs, rehearse, short, side

if TYPE_CHECKING:
    from permissions.models import User

EXAMPLES = 5
Json = dict[str, Any]
# how often a sum is paid in a year; other forms cost no money that a table tells
TIMES = {"monthly": 12, "yearly": 1, "once": 1}
Holder = tuple[str, int | None, int | None]  # matter, household, person


@dataclass
class Tally:
    """Counts by kind and the change of the cost, in yuan."""

    counts: Counter[str] = field(default_factory=Counter)
    month: Decimal = NOTHING
    year: Decimal = NOTHING

    def add(self, change: Change) -> None:
        more, form = change.after - change.before, change.pair.form
        self.counts[change.kind] += 1
        self.year += more * TIMES.get(form, 0)
        if form == "monthly":
            self.month += more

    def told(self) -> Json:
        counts = {kind: self.counts[kind] for kind in KINDS}
        return counts | {"cost_month": f"{self.month:.2f}", "cost_year": f"{self.year:.2f}"}


class _Book:
    """Everything that is counted while the changes stream by."""

    def __init__(self, compared: list[Pair]) -> None:
        self.all = Tally()
        self.matters: dict[str, Tally] = defaultdict(Tally)
        self.townships: dict[str, Tally] = defaultdict(Tally)
        self.rules: dict[str, Tally] = defaultdict(Tally)
        # a few of each kind, under the matter or the rule
        self.examples: dict[str, list[Change]] = defaultdict(list)
        self.open = _open_matters(compared)
        self.running: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def add(self, change: Change) -> None:
        if change.rule:
            tallies = [self.rules[change.rule]]
        else:
            tallies = [self.all, self.matters[change.matter], self.townships[change.township]]
            found = change.found
            by_household = (change.matter, found.household_id, None)
            key: Holder = (change.matter, None, found.person_id)
            key = by_household if change.pair.is_households else key
            self.running[change.matter] += self.open.get(key, [])
        for tally in tallies:
            tally.add(change)
        if tallies[0 if change.rule else 1].counts[change.kind] <= EXAMPLES:
            self.examples[change.rule or change.matter].append(change)


def report(*, on: date, trial: Trial, viewer: "User | None" = None) -> Json:
    """What a change would do on a day. viewer: examples are people of this user's divisions;
    without one, anybody.

    cost_month, cost_year: change of the cost in yuan; a year holds twelve of what is monthly, one
    of what is yearly or granted once. What an officer sets case by case is in neither.
    """
    compared = pairs(trial, on=on)
    book = _Book(compared)
    for change in rehearse(compared, on=on):
        book.add(change)
    named = _named([row for rows in book.examples.values() for row in rows], viewer)
    examples = {code: _examples(rows, named) for code, rows in book.examples.items()}
    names = dict(Division.objects.values_list("code", "name"))
    return {
        "on": str(on),
        "set": {key: str(value) for key, value in trial.parameters.items()},
        "tables": [short(key) for key in trial.tables],
        "asked": [pair.now.key for pair in compared],
        **book.all.told(),
        "by_matter": _told(book.matters, examples),
        "by_division": {
            code: tally.told() | {"name": names.get(code, "")}
            for code, tally in sorted(book.townships.items())
        },
        "by_rule": _told(book.rules, examples),
        "running": _running(book.running),
    }


def _told(tallies: dict[str, Tally], examples: dict[str, list[Json]]) -> Json:
    return {
        code: tally.told() | {"examples": examples.get(code, [])}
        for code, tally in sorted(tallies.items())
    }


def _open_matters(compared: Iterable[Pair]) -> dict[Holder, list[tuple[int, int]]]:
    """Open matters, with their cases, by whom they are for."""
    found: dict[Holder, list[tuple[int, int]]] = defaultdict(list)
    codes = [pair.package.code for pair in compared]
    rows = Matter.objects.open().filter(code__in=codes)
    for code, household, person, pk, case in rows.values_list(
        "code", "household_id", "person_id", "pk", "case_id"
    ):
        found[code, household, person].append((pk, case))
    return found


def _running(found: dict[str, list[tuple[int, int]]]) -> Json:
    by_matter = {
        code: {
            "count": len(rows),
            "matters": sorted(matter for matter, _case in rows),
            "cases": sorted({case for _matter, case in rows}),
        }
        for code, rows in sorted(found.items())
        if rows
    }
    return {"count": sum(row["count"] for row in by_matter.values()), "by_matter": by_matter}


@dataclass(frozen=True)
class _Named:
    people: dict[int, str]
    households: dict[int, str]


def _named(changes: list[Change], viewer: "User | None") -> _Named:
    """Register numbers of the people and households of some changes, as far as the viewer goes."""
    people = Person.objects.all() if viewer is None else people_open_to(viewer, "rule.try")
    person_ids = {change.found.person_id for change in changes}
    household_ids = {change.found.household_id for change in changes}
    return _Named(
        dict(people.filter(pk__in=person_ids).values_list("pk", "person_no")),
        dict(Household.objects.filter(pk__in=household_ids).values_list("pk", "household_no")),
    )


def _examples(changes: list[Change], named: _Named) -> list[Json]:
    order = {kind: place for place, kind in enumerate(KINDS)}
    return [
        {
            "person_no": named.people[change.found.person_id],
            "household_no": named.households.get(change.found.household_id),
            "matter": change.matter,
            "kind": change.kind,
            "before": f"{change.before:.2f}",
            "after": f"{change.after:.2f}",
            "now": side(change.pair.now, change.found, change.rows[0]),
            "then": side(change.pair.then, change.found, change.rows[1]),
        }
        for change in sorted(changes, key=lambda change: order[change.kind])
        if change.found.person_id in named.people
    ]
