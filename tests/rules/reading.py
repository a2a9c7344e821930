"""A plain Python reading of a decision model: slow, obvious, and written without the compiler.

Only trees and the model are shared with it. None is unknown.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rules.feel import tree
from rules.feel.parse import parse_cell, parse_expression
from rules.feel.tree import Compared, Tests
from rules.model import Expression, Model, Table

Facts = dict[str, Any]


def value_of(model: Model, decision_id: str, facts: Facts) -> Any:
    """A decision's value; of a table with one output that output, with several a dict."""
    logic = model.decisions[decision_id].logic
    names = known(model, decision_id, facts)
    if isinstance(logic, Expression):
        return evaluate(parse_expression(logic.text), names)
    assert isinstance(logic, Table)
    return outputs(logic, names, hit(logic, names))


def hit_of(model: Model, decision_id: str, facts: Facts) -> Any:
    """What the compiler tells of a table: a number, or (hits, unknown)."""
    logic = model.decisions[decision_id].logic
    assert isinstance(logic, Table)
    return hit(logic, known(model, decision_id, facts))


def known(model: Model, decision_id: str, facts: Facts) -> Facts:
    names = dict(facts)
    for key in model.decisions[decision_id].requires:
        if key in model.decisions:
            names[model.decisions[key].name] = value_of(model, key, facts)
    return names


def hit(table: Table, names: Facts) -> Any:
    rows = [row(table, number, names) for number in range(len(table.rules))]
    true = [n for n, held in enumerate(rows, start=1) if held is True]
    unknown = [n for n, held in enumerate(rows, start=1) if held is None]
    match table.hit_policy:
        case "FIRST":
            first = next((n for n, held in enumerate(rows, start=1) if held is not False), 0)
            return -first if first in unknown else first
        case "UNIQUE":
            if len(true) > 1:
                return None
            return true[0] if true else -unknown[0] if unknown else 0
    return true, unknown


def row(table: Table, number: int, names: Facts) -> bool | None:
    held: bool | None = True
    for column, cell in zip(table.inputs, table.rules[number].inputs, strict=True):
        subject = evaluate(parse_expression(column.text), names)
        held = both(held, tests(parse_cell(cell.text), subject, names))
    return held


def outputs(table: Table, names: Facts, found: Any) -> Any:
    if not isinstance(found, int) or found <= 0:
        return None
    cells = table.rules[found - 1].outputs
    values = [evaluate(parse_expression(cell.text), names) for cell in cells]
    if len(values) == 1:
        return values[0]
    return {column.name: v for column, v in zip(table.outputs, values, strict=True)}


def tests(cell: Tests, subject: Any, names: Facts) -> bool | None:
    if not cell.tests:
        return True
    held: bool | None = False
    for test in cell.tests:
        if isinstance(test, Compared):
            one = compare(test.operator, subject, test.value, names)
        else:
            low = compare(">=" if test.low_closed else ">", subject, test.low, names)
            high = compare("<=" if test.high_closed else "<", subject, test.high, names)
            one = both(low, high)
        held = either(held, one)
    return denied(held) if cell.negated else held


def compare(operator: str, a: Any, node: Any, names: Facts) -> bool | None:
    if node == tree.Literal(None) and operator in {"=", "!="}:
        return (a is None) == (operator == "=")
    b = evaluate(node, names)
    if a is None or b is None:
        return None
    return {
        "=": lambda: a == b, "!=": lambda: a != b, "<": lambda: a < b,
        "<=": lambda: a <= b, ">": lambda: a > b, ">=": lambda: a >= b,
    }[operator]()  # fmt: skip


def both(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def either(a: bool | None, b: bool | None) -> bool | None:
    return denied(both(denied(a), denied(b)))


def denied(a: bool | None) -> bool | None:
    return None if a is None else not a


def evaluate(node: Any, names: Facts) -> Any:  # noqa: C901, PLR0911 - one case a kind
    match node:
        case tree.Literal(value):
            return value
        case tree.Name():
            return names[str(node)]
        case tree.Negative(operand):
            value = evaluate(operand, names)
            return None if value is None else -value
        case tree.Comparison(operator, left, right):
            return compare(operator, evaluate(left, names), right, names)
        case tree.Logic(operator, left, right):
            join = both if operator == "and" else either
            return join(evaluate(left, names), evaluate(right, names))
        case tree.Choice(condition, then, otherwise):
            held = evaluate(condition, names)
            return None if held is None else evaluate(then if held else otherwise, names)
        case tree.Call(name, arguments):
            return call(name, [evaluate(argument, names) for argument in arguments])
        case tree.Arithmetic(operator, left, right):
            return arithmetic(operator, evaluate(left, names), evaluate(right, names))
    raise AssertionError(node)


def call(name: str, given: list[Any]) -> Any:
    if None in given:
        return None
    match name:
        case "min" | "max":
            return (min if name == "min" else max)(given)
        case "not":
            return not given[0]
        case "round half up":
            return given[0].quantize(Decimal(1).scaleb(-int(given[1])), ROUND_HALF_UP)
    raise AssertionError(name)


def arithmetic(operator: str, a: Any, b: Any) -> Any:
    if a is None or b is None or (operator == "/" and b == 0):
        return None
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[
        operator
    ]()
