"""What if: tables under a change beside the same as they are in force, in one statement.

Nothing is saved. Of every matter: who would enter (eligible then and not now), leave, get another
sum, or could no longer be told; of the county's tables: which findings would come and go. Only what
the change can touch is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from cases import amendments, catalogue, explain, rulebook
from cases.models import Package
from common.errors import FieldError, InputError
from rules.ask import Answer, Found, Question, missing

ENTERS, LEAVES, CHANGES, UNCLEAR = KINDS = ("enters", "leaves", "changes", "unclear")
COUNTY = ("missed", "duplicate", "excessive", "leads")
NOTHING = Decimal(0)
LARGEST = Decimal(10**9)
TableKey = tuple[str, str]  # package, table


@dataclass(frozen=True)
class Trial:
    """What is tried. parameters: key to value; tables: package and table to DMN."""

    parameters: Mapping[str, Decimal] = field(default_factory=dict)
    tables: Mapping[TableKey, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """A table as it is in force and as it would be."""

    package: Package
    now: Question
    then: Question

    @property
    def is_county(self) -> bool:
        return self.package.code == rulebook.RULES

    @property
    def is_households(self) -> bool:
        return not self.is_county and self.package.settings["beneficiary"] == "household"

    @property
    def form(self) -> str:
        """In which form a matter's aid is given; empty for the county's tables."""
        return "" if self.is_county else str(self.package.settings.get("form", ""))


@dataclass(frozen=True)
class Change:
    """One beneficiary whose answer differs, or one finding that does. before, after: yuan, 0 where
    there is nothing. rule: of a finding. rows: numbers of the rows that say so, now and then."""

    pair: Pair
    matter: str
    kind: str
    found: Found
    before: Decimal = NOTHING
    after: Decimal = NOTHING
    rule: str = ""
    rows: tuple[int | None, int | None] = (None, None)

    @property
    def township(self) -> str:
        return str(self.found.facts["division_code"] or "")[:9].ljust(12, "0")


def read_key(text: str) -> TableKey:
    """A table by its short name: a matter's code, or the name of one of the county's tables."""
    return (rulebook.RULES, text) if text in COUNTY else (text, rulebook.ELIGIBILITY)


def short(key: TableKey) -> str:
    """The opposite of `read_key`."""
    return key[1] if key[0] == rulebook.RULES else key[0]


def read_trial(parameters: Mapping[str, Any], tables: Mapping[str, str]) -> Trial:
    """A change as it was sent, field by field. Raises InputError; tables are not looked into."""
    values = {key: _decimal(text) for key, text in parameters.items()}
    wrong = [*_wrong_parameters(values), *_wrong_tables(tables)]
    if not parameters and not tables:
        wrong.append(FieldError("parameters", "invalid-data", _("请至少改一个参数或一张决策表")))
    if wrong:
        raise InputError("invalid-data", errors=wrong)
    return Trial(values, {read_key(name): text for name, text in tables.items()})


def _decimal(text: Any) -> Decimal:
    """NaN for what is no number."""
    try:
        return Decimal(str(text).strip())
    except InvalidOperation:
        return Decimal("NaN")


def _wrong_parameters(values: Mapping[str, Decimal]) -> Iterator[FieldError]:
    rows = rulebook.deployed_parameters()
    known, by_area = {row.key for row in rows}, {row.key for row in rows if row.area}
    for key, value in values.items():
        text = ""
        if key not in known:
            text = _("没有这个参数")
        elif key in by_area:
            text = _("这个参数按地区规定，请在参数文件中修改")
        elif not value.is_finite() or abs(value) > LARGEST:
            text = _("请填写数字")
        if text:
            yield FieldError(f"parameters.{key}"[:100], "invalid-data", text)


def _wrong_tables(names: Iterable[str]) -> Iterator[FieldError]:
    deployed = {key for key, _package in _tables()}
    for name in names:
        if read_key(name) not in deployed:
            yield FieldError(f"tables.{name}"[:100], "invalid-data", _("没有这张决策表"))


def _tables() -> Iterator[tuple[TableKey, Package]]:
    """Every table that can be rehearsed, with its package."""
    for package in catalogue.matters():
        if rulebook.ELIGIBILITY in package.tables:
            yield (package.code, rulebook.ELIGIBILITY), package
    rules = catalogue.newest().get(rulebook.RULES)
    if rules is not None:
        yield from (((rules.code, name), rules) for name in COUNTY if name in rules.tables)


def pairs(trial: Trial, *, on: date) -> list[Pair]:
    """The tables that the change can touch: another text, or one that names a changed parameter."""
    found = []
    for key, package in _tables():
        now = rulebook.question(package, key[1], on=on)
        text = trial.tables.get(key) or amendments.table_on(package, key[1], on)
        if now is None or text is None:
            continue
        if key in trial.tables or set(trial.parameters) & set(now.names):
            then = rulebook.changed_question(package, trial.parameters, key[1], text)
            found.append(Pair(package, now, then))
    return found


def rehearse(compared: list[Pair], *, on: date) -> Iterator[Change]:
    """Every change. A household's matter is asked of its head alone. Rows stream."""
    questions = [question for pair in compared for question in (pair.now, pair.then)]
    differing = [(pair.now, pair.then) for pair in compared]
    for row in rulebook.put(questions, on=on, differing=differing):
        for pair in compared:
            if pair.is_county:
                yield from _findings(pair, row)
            elif not pair.is_households or row.facts["relation"] == "head":
                yield from _entitled(pair, row)


def _entitled(pair: Pair, row: Found) -> Iterator[Change]:
    now, then = (row.answers[question.key] for question in (pair.now, pair.then))
    before, after = _sum(now), _sum(then)
    if before == after:
        return
    kind = ENTERS if before is None else LEAVES if after is None else CHANGES
    if kind == LEAVES and (then.unknown or then.conflict):
        # not a refusal: a fact is missing. Until it is known nobody leaves and nothing is saved
        kind, after = UNCLEAR, before
    rows = (_first(now), _first(then))
    yield Change(pair, pair.package.code, kind, row, before or NOTHING, after or NOTHING, rows=rows)


def _sum(answer: Answer) -> Decimal | None:
    """What somebody is entitled to; None for nothing."""
    if answer.outputs.get("result") != "eligible":
        return None
    amount = answer.outputs.get("amount")
    return Decimal(amount) if amount is not None else NOTHING


def _first(answer: Answer) -> int | None:
    return answer.hits[0] if answer.hits else None


def _findings(pair: Pair, row: Found) -> Iterator[Change]:
    """Which of a county table's findings come, go, or can no longer be told."""
    now, then = (row.answers[question.key] for question in (pair.now, pair.then))
    held, holds = _by_finding(now, now.hits), _by_finding(then, then.hits)
    unclear = _by_finding(then, then.unknown)
    for key in dict.fromkeys([*held, *holds]):
        kind = CHANGES
        if key not in held:
            kind = ENTERS
        elif key not in holds:
            kind = UNCLEAR if key in unclear else LEAVES
        elif now.told[held[key]] == then.told[holds[key]]:
            continue
        rows = (held.get(key), holds.get(key))
        yield Change(pair, key[1], kind, row, rule=key[0], rows=rows)


def _by_finding(answer: Answer, numbers: tuple[int, ...]) -> dict[tuple[str, str], int]:
    """Row number by rule and matter."""
    found: dict[tuple[str, str], int] = {}
    for number in numbers:
        told = answer.told[number]
        rule = str(told.get("rule") or answer.table.table.rules[number - 1].id)
        found.setdefault((rule, str(told.get("matter") or "other")), number)
    return found


def side(question: Question, found: Found, number: int | None) -> dict[str, Any]:
    """What a table says of one person: the row, or the facts for want of which there is none."""
    answer = found.answers[question.key]
    if number is None:
        lacks = missing(question, answer, found.facts)
        return {"row": None, "result": None, "reason": explain.cannot_tell(lacks), "article": ""}
    row = answer.table.table.rules[number - 1]
    return {
        "row": row.id,
        "result": answer.outputs.get("result"),
        "reason": rulebook.reason_of(row),
        "article": row.notes.get("article", ""),
    }
