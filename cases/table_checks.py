"""What the decision tables of packages must be before they are deployed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from cases import catalogue, rulebook
from cases.amendments import Amended, tables_of
from cases.package_checks import Problem
from common import clock
from rules.compile import Compiled
from rules.feel.sql import Value
from rules.model import Column
from rules.parameters import Parameter
from rules.tables import Compiled as CompiledTable
from workflows.definitions import inspect_definition

if TYPE_CHECKING:
    from cases.drafts import Draft

# what a table must tell, by its name
OUTPUTS = {
    "eligibility": {"result", "amount"},
    "missed": {"rule", "matter", "other_matter"},
    "duplicate": {"rule", "matter", "other_matter"},
    "excessive": {"rule", "matter", "other_matter"},
    "leads": {"rule", "matter", "other_matter", "urgency"},
    "stacking": {"kind", "before"},
}

# tables that answer with one row
ONE_ROW = frozenset({"eligibility", "stacking"})
MAX_ID = 60


def check_tables(drafts: list[Draft], on: date | None = None) -> Iterator[Problem]:
    """Every problem of the tables, by file and cell; parameters are those of the same call, or
    the deployed ones, with their values of a day (today's without one)."""
    given = next((draft for draft in drafts if draft.code == rulebook.RULES), None)
    try:
        rows = rulebook.parameters_of(given) if given else rulebook.deployed_parameters()
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        yield Problem("rules/parameters.toml", "", "bad-parameter", repr(error)[:200])
        return
    day = on or clock.today()
    for draft in drafts:
        yield from _tables(draft, draft.path, rows, day)
        yield from _rule_tasks(draft, rows, day)
    if given is not None:  # the tables that stay must go on with the new parameters
        present = {draft.code for draft in drafts}
        for package in catalogue.newest().values():
            if package.code not in present:
                yield from _tables(package, package.code, rows, day)


def _tables(package: Amended, path: str, rows: list[Parameter], day: date) -> Iterator[Problem]:
    """Each table of a package, and those that take its place on a later day."""
    for name in dict.fromkeys([*package.tables, *_amended(package)]):
        for since, text in tables_of(package, name):
            on = max(day, date.fromisoformat(since)) if since else day
            yield from _table(package.code, f"{path}/{name}.dmn", name, text, rows, on)


def _amended(package: Amended) -> list[str]:
    return [row["table"] for row in package.amendments if "table" in row]


def _table(
    code: str, file: str, name: str, text: str, rows: list[Parameter], on: date
) -> Iterator[Problem]:
    if not name.isidentifier() or len(name) > 30:
        yield Problem(file, "", "bad-name", "a table's file has a short name of letters")
        return
    compiled, problems = rulebook.inspected(code, name, text, rows, on)
    for row in problems:
        yield Problem(file, row.element, row.code, row.message)
    if compiled is not None and not problems:
        yield from _outputs(file, name, compiled)


def _outputs(file: str, name: str, compiled: Compiled) -> Iterator[Problem]:
    table = compiled.tables.get(name)
    if table is None:
        yield Problem(file, name, "no-decision", f"a decision table with the id {name} is needed")
        return
    told = {column.name for column in table.table.outputs}
    if lacking := OUTPUTS.get(name, set()) - told:
        yield Problem(file, table.table.id, "no-output", f"missing: {', '.join(sorted(lacking))}")
    if name in OUTPUTS and table.is_single is not (name in ONE_ROW):
        text = "this table answers with one row" if name in ONE_ROW else "with every row that holds"
        yield Problem(file, table.table.id, "hit-policy", text)
    kinds = {column.name: row.kind for column, row in zip_outputs(table)}
    for column, kind in kinds.items():
        wanted = "number" if column == "amount" else "string"
        if column in OUTPUTS.get(name, set()) and kind not in {wanted, "null"}:
            yield Problem(file, column, "type", f"{column} is a {wanted}")
    for rule in table.table.rules:
        if not rule.id or len(rule.id) > MAX_ID:
            yield Problem(file, rule.id[:MAX_ID], "bad-id", "a row has a short id")


def _rule_tasks(draft: Draft, rows: list[Parameter], day: date) -> Iterator[Problem]:
    """Business rule tasks that ask for what the tables of their package, now or from a later day,
    do not give."""
    meta = inspect_definition(draft.source).meta if draft.source else None
    file = f"{draft.path}/process.bpmn"
    for element, task in (meta or {}).get("decisions", {}).items():
        name = task["decision"]
        if name not in draft.tables:
            yield Problem(file, element, "unknown-decision", f"the package has no table {name}")
            continue
        for _since, text in tables_of(draft, name):
            compiled, _problems = rulebook.inspected(draft.code, name, text, rows, day)
            table = compiled.tables.get(name) if compiled else None
            if table is None:  # told of the table already
                continue
            if not table.is_single:
                yield Problem(file, element, "many-rows", f"{name} answers with more than one row")
            for output in sorted(set(task["outputs"].values()) - rulebook.outputs_of(table)):
                yield Problem(file, element, "unknown-output", f"{name} does not give {output}")


def zip_outputs(table: CompiledTable) -> Iterator[tuple[Column, Value]]:
    """Every output cell with its column."""
    for row in table.outputs:
        yield from zip(table.table.outputs, row, strict=True)
