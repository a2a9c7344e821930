"""The decision tables as deployed, asked about people: at the desk, in a process, for a county.

One path for all of them: the facts of `households`, the parameters of the package `rules`, the
tables compiled by `rules`. Versions never change, so a compiled table stays in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases import catalogue
from cases.models import Package
from common.errors import EngineError
from households.facts import FACTS, statement
from rules import parameters
from rules.ask import Answer, Found, Question, ask, missing
from rules.inspect import inspect
from rules.model import Type
from rules.parameters import Parameter

ELIGIBILITY = "eligibility"
RULES = "rules"
Changed = Mapping[str, Decimal]


@dataclass(frozen=True)
class Why:
    """On what an answer rests: for the API's `why` and for findings."""

    table: str
    version: int
    row: str | None
    article: str
    reason: str
    facts: dict[str, Any]
    missing: list[str]

    def as_dict(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "version": self.version,
            "row": self.row,
            "article": self.article,
            "reason": self.reason,
            "facts": self.facts,
            "missing": self.missing,
        }


def vocabulary(rows: Sequence[Parameter]) -> dict[str, Type]:
    """What tables may name: the facts, and the parameters."""
    known = {name: Type(fact.kind, codes=fact.codes) for name, fact in FACTS.items()}
    return known | {row.key: Type("number") for row in rows}


def read_parameters(settings: Mapping[str, Any]) -> list[Parameter]:
    """The dated rows of a package's parameters."""
    return [
        Parameter(
            key=row["key"],
            value=Decimal(str(row["value"])),
            starts_on=date.fromisoformat(str(row["from"])),
            ends_on=date.fromisoformat(str(row["to"])) if row.get("to") else None,
            area=str(row.get("area", "")),
            source=str(row.get("source", "")),
        )
        for row in settings.get("parameters", [])
    ]


def constants(rows: Sequence[Parameter], on: date) -> dict[str, Decimal]:
    """Parameters' values everywhere on a day, for the checks of a table."""
    return {key: areas[""] for key, areas in parameters.in_force(rows, on).items() if "" in areas}


def deployed_parameters() -> list[Parameter]:
    """Those of the newest `rules` package."""
    found = catalogue.newest().get(RULES)
    return read_parameters(found.settings) if found else []


@lru_cache(maxsize=512)
def _question(package_id: int, rules_id: int, name: str) -> Question:
    """One table, compiled. Raises EngineError: it was checked when it was deployed."""
    package, rules = catalogue.package(package_id), catalogue.package(rules_id)
    words = vocabulary(read_parameters(rules.settings))
    prefix = f"{package.code}_{name}_"
    compiled, problems = inspect(package.tables[name].encode(), words, prefix=prefix)
    if compiled is None or problems:
        raise EngineError("engine-failed", f"{package.code} {name}: {problems[:3]}")
    return Question(f"{package.code}/{name}", compiled, name)


def question(package: Package, name: str = ELIGIBILITY) -> Question | None:
    """A table of a deployed package; None where it has none of that name."""
    rules = catalogue.newest().get(RULES)
    if rules is None or name not in package.tables:
        return None
    return _question(package.pk, rules.pk, name)


def county_questions(names: Sequence[str]) -> list[Question]:
    """Tables of the `rules` package."""
    rules = catalogue.newest().get(RULES)
    found = [question(rules, name) for name in names] if rules else []
    return [row for row in found if row is not None]


def put(
    questions: Sequence[Question],
    *,
    on: date,
    changed: Changed | None = None,
    only_found: bool = False,
    **who: Any,
) -> Iterator[Found]:
    """Ask tables about people. who: as `households.facts.statement`: person_ids, household_ids,
    division. changed: parameters for a rehearsal."""
    if not questions:
        return
    given = parameters.columns(deployed_parameters(), on, changed)
    yield from ask(questions, statement(on=on, **who), given, only_found=only_found)


def why(package: Package, asked: Question, answer: Answer, facts: Mapping[str, Any]) -> Why:
    """A person's answer with its table, version, row, article and the facts it was told by."""
    row = answer.row
    used = asked.names
    return Why(
        table=asked.key,
        version=package.version,
        row=row.id if row else None,
        article=row.notes.get("article", "") if row else "",
        reason=reason_of(row) if row else "",
        facts={name: facts[name] for name in used if name in facts},
        missing=missing(asked, answer, facts),
    )


def reason_of(row: Any) -> str:
    """A row's reason in the reader's language."""
    is_english = (get_language() or "zh").startswith("en")
    return str((is_english and row.notes.get("en")) or row.description)


def cannot_tell(names: Sequence[str]) -> str:
    """What is to be found out before anything can be said."""
    told = [str(FACTS[name].title) if name in FACTS else name for name in names]
    return _("无法判断，缺少：%s") % _("、").join(told)
