"""Which facts and parameters a row, a table or a decision reads."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from rules.feel import tree
from rules.feel.parse import parse_cell, parse_expression
from rules.model import Cell, Decision, Expression, Model, Table


def names(node: Any) -> Iterator[str]:
    """The names in a tree or a cell's tests, as they come."""
    if isinstance(node, tree.Name):
        yield str(node)
    elif isinstance(node, tuple):
        for part in node:
            yield from names(part)
    elif is_dataclass(node):
        for field in fields(node):
            yield from names(getattr(node, field.name))


def of_row(model: Model, table: Table, number: int) -> list[str]:
    """What must be known to tell whether a row (from 1) holds: inputs' names, each once."""
    return _expanded(model, _of_row(model, table, number))


def _of_row(model: Model, table: Table, number: int) -> list[str]:
    known = _known(model)
    found: list[str] = []
    for column, cell in zip(table.inputs, table.rules[number - 1].inputs, strict=True):
        if cell.text.strip() not in {"", "-"}:
            found += names(parse_expression(column.text, known))
            found += names(parse_cell(cell.text, known))
    return found


def of_text(model: Model, text: str) -> list[str]:
    """What an expression of the model reads."""
    return _expanded(model, names(parse_expression(text, _known(model))))


def of_decision(model: Model, decision: Decision) -> list[str]:
    """Every input that a decision may read, by way of others too."""
    return _expanded(model, _own(model, decision))


def _own(model: Model, decision: Decision) -> list[str]:
    """The names in a decision's own cells and texts."""
    known = _known(model)
    found: list[str] = []
    logic = decision.logic
    if isinstance(logic, Table):
        for number in range(1, len(logic.rules) + 1):
            found += _of_row(model, logic, number)
        cells: Iterable[Cell] = (cell for rule in logic.rules for cell in rule.outputs)
        for cell in cells:
            if cell.text.strip() not in {"", "-"}:
                found += names(parse_expression(cell.text, known))
    else:
        texts = (
            [logic.text] if isinstance(logic, Expression) else [text for _n, text in logic.bindings]
        )
        for text in texts:
            found += names(parse_expression(text, known))
    return found


def _known(model: Model) -> list[str]:
    return [part.name for part in model.parts]


def _expanded(model: Model, found: Iterable[str]) -> list[str]:
    """Other decisions' names stand for what those read; each decision is looked at once."""
    by_name = {decision.name: decision for decision in model.decisions.values()}
    told: dict[str, None] = {}
    seen: set[str] = set()
    rest = list(dict.fromkeys(found))[::-1]
    while rest:
        name = rest.pop()
        other = by_name.get(name) or by_name.get(name.split(".")[0])
        if other is None:
            told[name] = None
        elif other.id not in seen:
            seen.add(other.id)
            rest += list(dict.fromkeys(_own(model, other)))[::-1]
    return list(told)
