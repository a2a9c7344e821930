"""What if: every matter's table under changed parameters beside the same under today's.

One statement for all of them; nothing is saved. Who would enter (eligible then and not now), leave,
or get another sum; by matter and township, with what it costs a month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cases import catalogue, rulebook
from cases.models import Package
from households.models import Person
from permissions.models import Division
from rules.ask import Answer, Found, Question

ENTERS, LEAVES, CHANGES = "enters", "leaves", "changes"
EXAMPLES = 5
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Change:
    """One beneficiary whose answer differs. before, after: yuan, 0 where there is nothing."""

    matter: str
    person_id: int
    township: str
    kind: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class _Pair:
    package: Package
    now: Question
    then: Question

    @property
    def is_households(self) -> bool:
        return bool(self.package.settings["beneficiary"] == "household")


def rehearse(*, on: date, changed: rulebook.Changed) -> Iterator[Change]:
    """Every change. A household's matter is asked of its head alone."""
    pairs = list(_pairs(changed))
    questions = [question for pair in pairs for question in (pair.now, pair.then)]
    differing = [(pair.now, pair.then) for pair in pairs]
    for row in rulebook.put(questions, on=on, differing=differing):
        for pair in pairs:
            if not pair.is_households or row.facts["relation"] == "head":
                yield from _changes(pair, row)


def _pairs(changed: rulebook.Changed) -> Iterator[_Pair]:
    for package in catalogue.matters():
        now, then = rulebook.question(package), rulebook.changed_question(package, changed)
        # a table that names none of the changed parameters says the same
        if now is not None and then is not None and set(changed) & set(now.names):
            yield _Pair(package, now, then)


def _changes(pair: _Pair, row: Found) -> Iterator[Change]:
    before, after = (_sum(row.answers[question.key]) for question in (pair.now, pair.then))
    if before == after:
        return
    kind = ENTERS if before is None else LEAVES if after is None else CHANGES
    township = str(row.facts["division_code"] or "")[:9].ljust(12, "0")
    matter = pair.package.code
    yield Change(matter, row.person_id, township, kind, before or NOTHING, after or NOTHING)


def _sum(answer: Answer) -> Decimal | None:
    """What somebody is entitled to; None for nothing."""
    if answer.outputs.get("result") != "eligible":
        return None
    amount = answer.outputs.get("amount")
    return Decimal(amount) if amount is not None else NOTHING


def report(*, on: date, changed: rulebook.Changed) -> dict[str, Any]:
    """The rehearsal in JSON values: totals by matter and by township, a few examples each.

    cost_month: change of the monthly cost in yuan, of monthly aid alone.
    """
    rows = list(rehearse(on=on, changed=changed))
    names = dict(Division.objects.values_list("code", "name"))
    monthly = {p.code for p in catalogue.matters() if p.settings.get("form") == "monthly"}
    by_matter = _grouped(rows, monthly, lambda row: row.matter)
    by_township = _grouped(rows, monthly, lambda row: row.township)
    for code, told in by_matter.items():
        told["examples"] = _examples([row for row in rows if row.matter == code][:EXAMPLES])
    for code, told in by_township.items():
        told["name"] = names.get(code, "")
    return {
        "on": str(on),
        "set": {key: str(value) for key, value in changed.items()},
        **_told(rows, monthly),
        "by_matter": by_matter,
        "by_division": by_township,
    }


def _grouped(rows: list[Change], monthly: set[str], key: Any) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Change]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {code: _told(groups[code], monthly) for code in sorted(groups)}


def _told(rows: list[Change], monthly: set[str]) -> dict[str, Any]:
    cost = sum((row.after - row.before for row in rows if row.matter in monthly), NOTHING)
    counts = {kind: sum(row.kind == kind for row in rows) for kind in (ENTERS, LEAVES, CHANGES)}
    return counts | {"cost_month": f"{cost:.2f}"}


def _examples(rows: list[Change]) -> list[dict[str, Any]]:
    numbers = dict(
        Person.objects.filter(pk__in=[row.person_id for row in rows]).values_list("pk", "person_no")
    )
    return [
        {
            "person_no": numbers[row.person_id],
            "kind": row.kind,
            "before": f"{row.before:.2f}",
            "after": f"{row.after:.2f}",
        }
        for row in rows
    ]
