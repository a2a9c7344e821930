"""Everyone screened for missed, duplicate and excessive aid: the tables of `bpmn/rules`, in one
statement over the facts; nothing is stored.

What a table cannot tell for want of a fact is `unknown`, never missed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cases import catalogue, explain, rulebook
from rules.ask import Answer, Found, Question, missing
from screening import evidence

TABLES = ("missed", "duplicate", "excessive")
LEADS = "leads"
LEAD = "lead"
BATCH = 1000


@dataclass
class Hit:
    """One row of a table that holds for one person, or cannot be told (`kind` unknown).

    amount_month: yuan a month at stake, where the aid is monthly and its sum is known. since: from
    when it has been so, where the register says. facts: those that the table read.
    """

    rule: str
    kind: str
    person_id: int
    household_id: int | None
    matter: str
    other_matter: str | None
    reason: str
    article: str
    table: str
    row: str
    division: str
    facts: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    urgency: str = ""
    person_no: str = ""
    household_no: str | None = None
    amount_month: Decimal | None = None
    since: date | None = None

    def columns(self) -> dict[str, Any]:
        """What a finding and a lead keep of it alike, by column."""
        rules = catalogue.newest().get(rulebook.RULES)
        return {
            "rule": self.rule,
            "person_id": self.person_id,
            "household_id": self.household_id,
            "division_code": self.division,
            "matter": self.matter,
            "other_matter": self.other_matter or "",
            "reason": self.reason[:1000],
            "article": self.article[:500],
            "table": self.table,
            "version": rules.version if rules else 0,
            "row": self.row,
            "facts": {name: rulebook.plain(value) for name, value in self.facts.items()},
        }

    def as_dict(self) -> dict[str, Any]:
        """As contracts/commands.md has it."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "person_no": self.person_no,
            "household_no": self.household_no,
            "matter": self.matter,
            "other_matter": self.other_matter,
            "amount_month": None if self.amount_month is None else f"{self.amount_month:.2f}",
            "since": None if self.since is None else str(self.since),
            "reason": self.reason,
            "article": self.article,
        }


def screen(
    *,
    on: date,
    tables: Sequence[str] = TABLES,
    changed: rulebook.Changed | None = None,
    **who: Any,
) -> Iterator[Hit]:
    """Every finding, or what other tables name, that holds on a day, by what is known now.

    who: as `households.facts.statement`; without it, everybody. changed: parameters for a
    rehearsal. Rows stream; evidence is read for a thousand at a time. A lead (kind LEAD) needs
    none, and what cannot be told is no lead.
    """
    questions = rulebook.county_questions(tables, on=on)
    batch: list[Hit] = []
    for found in rulebook.put(questions, on=on, changed=changed, only_found=True, **who):
        for hit in (hit for question in questions for hit in _hits(question, found)):
            if hit.kind == LEAD:
                yield hit
            else:
                batch.append(hit)
        if len(batch) >= BATCH:
            yield from evidence.complete(batch, on, changed)
            batch = []
    yield from evidence.complete(batch, on, changed)


def _hits(question: Question, found: Found) -> Iterator[Hit]:
    answer, is_lead = found.answers[question.key], question.decision == LEADS
    for number in answer.hits:
        kind = LEAD if is_lead else question.decision
        yield _hit(question, answer, found, number, kind)
    for number in () if is_lead else answer.unknown:
        lacks = missing(question, answer, found.facts, number)
        yield _hit(question, answer, found, number, "unknown", lacks)


def _hit(
    question: Question,
    answer: Answer,
    found: Found,
    number: int,
    kind: str,
    lacks: list[str] | None = None,
) -> Hit:
    row, told = answer.table.table.rules[number - 1], answer.told[number]
    names = question.row_names[number]
    return Hit(
        rule=str(told.get("rule") or row.id),
        kind=kind,
        person_id=found.person_id,
        household_id=found.household_id,
        matter=str(told.get("matter") or "other"),
        other_matter=told.get("other_matter"),
        reason=explain.cannot_tell(lacks or []) or rulebook.reason_of(row),
        article=row.notes.get("article", ""),
        table=question.key,
        row=row.id,
        division=str(found.facts["division_code"] or ""),
        facts=_of(found.facts, names),
        missing=lacks or [],
        urgency=str(told.get("urgency") or ""),
    )


def _of(facts: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: facts[name] for name in names if name in facts}
