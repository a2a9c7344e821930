"""The decision tables as deployed, asked about people: at the desk, in a process, for a county.

One path for all of them: the facts of `households`, the parameters of the package `rules`, the
tables compiled by `rules`. Versions never change, so a compiled table stays in memory.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, override

from cases import amendments, catalogue, explain
from cases.amendments import Amended
from cases.models import Package
from common import clock
from common.errors import EngineError
from households.facts import FACTS, statement
from rules import parameters
from rules.ask import Found, Question, ask, missing
from rules.compile import Compiled, compile_model, facts
from rules.errors import Problem
from rules.feel.sql import literal
from rules.inspect import inspect
from rules.model import Type
from rules.parameters import Parameter
from rules.read import read
from rules.tables import Compiled as CompiledTable

ELIGIBILITY = "eligibility"
RULES = "rules"
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
COLUMNS = frozenset({"person_id", "household_id", "division_code"})
MAX_VALUE = 10**12
# the matrix of pairs is asked about two matters, not about a person
PAIRS = "stacking"
UNKNOWN = "unknown"
Changed = Mapping[str, Decimal]


def vocabulary(keys: Iterable[str]) -> dict[str, Type]:
    """What tables may name: the facts, and the parameters by their keys."""
    known = {name: Type(fact.kind, codes=fact.codes) for name, fact in FACTS.items()}
    return known | {key: Type("number") for key in keys}


def read_parameters(told: Mapping[str, Any]) -> list[Parameter]:
    """The dated rows of a package's parameters. Raises ValueError for what is none."""
    return [
        Parameter(
            key=_key(row["key"]),
            value=_number(row["value"]),
            starts_on=date.fromisoformat(str(row["from"])),
            ends_on=date.fromisoformat(str(row["to"])) if row.get("to") else None,
            area=str(row.get("area", "")),
            source=str(row.get("source", "")),
        )
        for row in told.get("parameters", [])
    ]


def _key(text: str) -> str:
    """A name of its own: neither a fact's nor a column's."""
    if not KEY.fullmatch(text) or text in FACTS or text in COLUMNS:
        raise ValueError(f"no name for a parameter: {text[:60]}")
    return text


def _number(value: Any) -> Decimal:
    found = Decimal(str(value))
    if not found.is_finite() or abs(found) > MAX_VALUE:
        raise ValueError(f"no value for a parameter: {value}")
    return found


def constants(rows: Sequence[Parameter], on: date) -> dict[str, Decimal]:
    """Parameters' values everywhere on a day, for the checks of a table."""
    return {key: areas[""] for key, areas in parameters.in_force(rows, on).items() if "" in areas}


def deployed_parameters() -> list[Parameter]:
    """Those of the newest `rules` package."""
    found = catalogue.newest().get(RULES)
    return parameters_of(found) if found else []


def parameters_of(package: Amended) -> list[Parameter]:
    """Those of its files and those published beside them. Raises as `read_parameters`."""
    return read_parameters({"parameters": amendments.parameter_rows(package)})


def inspected(
    code: str, name: str, text: str, rows: Sequence[Parameter], on: date
) -> tuple[Compiled | None, list[Problem]]:
    """A package's table compiled, with its problems by the parameters of a day; the same text is
    looked at once."""
    keys = tuple(sorted({row.key for row in rows}))
    values = tuple(sorted(constants(rows, on).items()))
    return _inspected(f"{code}_{name}_", text, None if name == PAIRS else keys, values)


@lru_cache(maxsize=512)
def _inspected(
    prefix: str, text: str, keys: tuple[str, ...] | None, values: tuple[tuple[str, Decimal], ...]
) -> tuple[Compiled | None, list[Problem]]:
    words = None if keys is None else vocabulary(keys)
    return inspect(text.encode(), words, dict(values), prefix=prefix)


@lru_cache(maxsize=512)
def _question(package_id: int, rules_id: int, name: str, text: str) -> Question:
    """One table, compiled. Raises EngineError: it was checked when it was deployed."""
    package, rules = catalogue.package(package_id), catalogue.package(rules_id)
    compiled, _problems = inspected(package.code, name, text, parameters_of(rules), clock.today())
    # rows that overlap by today's sums are no reason to say nothing: such an answer is a conflict
    if compiled is None or compiled.problems:
        raise EngineError("engine-failed", f"{package.code} {name} does not compile")
    return Question(f"{package.code}/{name}", compiled, name)


def question(
    package: Package, name: str = ELIGIBILITY, *, on: date | None = None
) -> Question | None:
    """A table of a deployed package as it is in force on a day (today without one); None where it
    has none of that name."""
    rules = catalogue.newest().get(RULES)
    text = amendments.table_on(package, name, on or clock.today())
    if rules is None or text is None:
        return None
    return _question(package.pk, rules.pk, name, text)


def facts_asked(package: Package) -> frozenset[str]:
    """Names of the facts and parameters that a package's tables in force read."""
    found = (question(package, name) for name in package.tables)
    return frozenset().union(*(row.needed for row in found if row is not None))


def changed_question(package: Package, changed: Changed, name: str, text: str) -> Question:
    """A table with another text, or with other values of some parameters; it may stand in one
    statement with the table that is in force."""
    model = read(text.encode())
    words = facts(vocabulary(row.key for row in deployed_parameters()))
    values = {key: literal(value) for key, value in changed.items()}
    compiled = compile_model(model, words | values, f"{package.code}_{name}_changed_")
    if compiled.problems:
        raise EngineError("engine-failed", f"{package.code} {name}: {compiled.problems[:3]}")
    return Question(f"{package.code}/{name}/changed", compiled, name)


def county_questions(names: Sequence[str], *, on: date) -> list[Question]:
    """Tables of the `rules` package as they are in force on a day."""
    rules = catalogue.newest().get(RULES)
    found = [question(rules, name, on=on) for name in names] if rules else []
    return [row for row in found if row is not None]


def put(
    questions: Sequence[Question],
    *,
    on: date,
    changed: Changed | None = None,
    only_found: bool = False,
    differing: Sequence[tuple[Question, Question]] = (),
    **who: Any,
) -> Iterator[Found]:
    """Ask tables about people. who: as `households.facts.statement`: person_ids, household_ids,
    division. changed: parameters for a rehearsal. The rest as `rules.ask.ask`."""
    if not questions:
        return
    given = parameters.columns(deployed_parameters(), on, changed)
    names = {"relation"}.union(*(question.needed for question in questions))
    people, few = statement(on=on, names=names, **who), "person_ids" in who
    yield from ask(questions, people, given, only_found=only_found, differing=differing, few=few)


def opinion(package: Package, person_id: int) -> dict[str, Any] | None:
    """What a matter's table says of one person today; None without a table.

    table, version, row (None where it cannot be told: then `missing` names the facts), result,
    amount, article, reason, facts by name, would_change. JSON values, in Chinese: it is kept.
    """
    asked = question(package)
    if asked is None:
        return None
    [found] = put([asked], on=clock.today(), person_ids=[person_id])
    answer = found.answers[asked.key]
    row, amount = answer.row, answer.outputs.get("amount")
    with override(settings.LANGUAGE_CODE):
        changes = explain.would_change(asked, answer, found.facts)
    return {
        "table": asked.key,
        "version": package.version,
        "row": row.id if row else None,
        "result": answer.outputs.get("result"),
        "amount": None if amount is None else f"{amount:.2f}",
        "article": row.notes.get("article", "") if row else "",
        "reason": row.description if row else "",
        "facts": {name: plain(found.facts[name]) for name in asked.names if name in found.facts},
        "missing": missing(asked, answer, found.facts),
        "would_change": changes,
    }


def told(package: Package, name: str, person_id: int) -> dict[str, Any]:
    """What a table with one answer says of one person today, for a process: every output by its
    name (texts, numbers, booleans, None), and `row`, the id of the row that decides.

    Where no row can be told to decide, every output is UNKNOWN and `row` empty. Raises EngineError
    for a table that the package has not.
    """
    asked = question(package, name)
    if asked is None:
        raise EngineError("engine-failed", f"{package.code} has no table {name}")
    [found] = put([asked], on=clock.today(), person_ids=[person_id])
    answer = found.answers[asked.key]
    # without a row there may be defaults; where it cannot be told there is neither
    is_told = answer.row is not None or any(v is not None for v in answer.outputs.values())
    values = {
        output: (float(value) if isinstance(value, Decimal) else value) if is_told else UNKNOWN
        for output, value in answer.outputs.items()
    }
    return {"row": answer.row.id if answer.row else ""} | values


def outputs_of(table: CompiledTable) -> set[str]:
    """What `told` gives of a table."""
    return {"row"} | {column.name or table.table.id for column in table.table.outputs}


def plain(value: Any) -> Any:
    """A fact as JSON: numbers as texts, so that none loses a digit."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def reason_of(row: Any) -> str:
    """A row's reason in the reader's language."""
    is_english = (get_language() or "zh").startswith("en")
    return str((is_english and row.notes.get("en")) or row.description)
