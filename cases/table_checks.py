"""What the decision tables of packages must be before they are deployed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cases import rulebook
from cases.package_checks import Problem
from rules.compile import Compiled
from rules.parameters import Parameter

if TYPE_CHECKING:
    from cases.services.packages import Draft

# what a table must tell, by its name
OUTPUTS = {
    "eligibility": {"result", "amount"},
    "missed": {"rule", "matter", "other_matter"},
    "duplicate": {"rule", "matter", "other_matter"},
    "excessive": {"rule", "matter", "other_matter"},
    "leads": {"rule", "matter", "other_matter", "urgency"},
    "stacking": {"kind"},
}


def check_tables(drafts: list[Draft]) -> Iterator[Problem]:
    """Every problem of the tables, by file and cell; parameters are those of the same call, or
    the deployed ones."""
    given = next((draft for draft in drafts if draft.code == rulebook.RULES), None)
    try:
        rows = rulebook.read_parameters(given.settings) if given else rulebook.deployed_parameters()
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        yield Problem("rules/parameters.toml", "", "bad-parameter", repr(error)[:200])
        return
    for draft in drafts:
        for name, text in draft.tables.items():
            yield from _table(draft, name, text, rows)


def _table(draft: Draft, name: str, text: str, rows: list[Parameter]) -> Iterator[Problem]:
    file = f"{draft.path}/{name}.dmn"
    if not name.isidentifier() or len(name) > 30:
        yield Problem(file, "", "bad-name", "a table's file has a short name of letters")
        return
    compiled, problems = rulebook.inspected(draft.code, name, text, rows)
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
