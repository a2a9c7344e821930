"""Tree to SQL. Unknown is NULL and stays so; nothing here can make a statement fail for one row.

Constants are quoted by psycopg; names become columns only where the scope knows them, so that no
text of a model ever reaches the database unquoted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal as Word

from psycopg import sql as quoting

from rules.errors import RefusedError
from rules.feel import tree
from rules.feel.tree import Compared, Node, Range, Tests

Kind = Word["number", "string", "boolean", "date", "null", "context", "list"]
TYPES = {"number": "numeric", "string": "text", "boolean": "boolean", "date": "date"}
COLUMN = re.compile(r'\w+\."(?:[^"]|"")*"')
MAX_SIZE = 100_000  # of one expression's SQL, business knowledge models put in


@dataclass(frozen=True)
class Value:
    """SQL of one value. fields: of a context (a structure); codes: the words a text may be."""

    sql: str
    kind: Kind
    fields: Mapping[str, "Value"] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    is_literal: bool = False

    @property
    def is_column(self) -> bool:
        """Nothing but a column of the facts or of an earlier layer."""
        return bool(COLUMN.fullmatch(self.sql))


@dataclass(frozen=True)
class Function:
    """A business knowledge model: its body is put in where it is called."""

    parameters: tuple[tuple[str, str], ...]  # name, kind ("" where not said)
    body: Node


@dataclass(frozen=True)
class Scope:
    """What names mean."""

    values: Mapping[str, Value]
    functions: Mapping[str, Function] = field(default_factory=dict)
    depth: int = 0

    @property
    def names(self) -> list[str]:
        return [*self.values, *self.functions]


NULL = Value("NULL", "null", is_literal=True)


def literal(value: Decimal | str | bool | date | None) -> Value:
    """A constant."""
    match value:
        case None:
            return NULL
        case bool():
            return Value(f"{value}".lower(), "boolean", is_literal=True)
        case Decimal():
            if not value.is_finite():
                raise RefusedError("type", "not a number")
            return Value(f"({value:f})::numeric", "number", is_literal=True)
        case date():
            return Value(f"'{value.isoformat()}'::date", "date", is_literal=True)
    return Value(f"{quoting.Literal(value).as_string(None)}::text", "string", is_literal=True)


def expression(node: Node, scope: Scope) -> Value:
    """Raises RefusedError: unknown names, kinds that do not go together, what is not supported."""
    try:
        return _expression(node, scope)
    except RecursionError:
        raise RefusedError("too-deep", "too many parts in one another") from None


def cell(tests: Tests, subject: Value, scope: Scope) -> str | None:
    """The condition that a cell sets to its input; None for `-`."""
    if not tests.tests:
        return None
    parts = [_test(test, subject, scope) for test in tests.tests]
    joined = parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
    return f"(NOT {joined})" if tests.negated else joined


def cast(value: Value, kind: str) -> str:
    """SQL of a value where another kind may be NULL."""
    return f"NULL::{TYPES[kind]}" if value.kind == "null" else value.sql


def _expression(node: Node, scope: Scope) -> Value:
    found = _by_kind(node, scope)
    if len(found.sql) > MAX_SIZE:
        raise RefusedError("too-long", "the expression grows too large")
    return found


def _by_kind(node: Node, scope: Scope) -> Value:  # noqa: C901, PLR0911 - one case a kind
    match node:
        case tree.Literal(value):
            return literal(value)
        case tree.Name():
            return _name(node, scope)
        case tree.Negative(operand):
            inner = _of_kind(_expression(operand, scope), "number")
            return Value(f"(- {inner})", "number")
        case tree.Arithmetic():
            return _arithmetic(node, scope)
        case tree.Comparison(operator, left, right):
            found = _compare(operator, _expression(left, scope), _expression(right, scope))
            return Value(found, "boolean")
        case tree.Between(operand, low, high):
            test = Range(low, high, low_closed=True, high_closed=True)
            return Value(_test(test, _expression(operand, scope), scope), "boolean")
        case tree.Logic(operator, left, right):
            sides = [_of_kind(_expression(side, scope), "boolean") for side in (left, right)]
            return Value(f"({f' {operator.upper()} '.join(sides)})", "boolean")
        case tree.Choice():
            return _choice(node, scope)
        case tree.Call():
            return _call(node, scope)
    raise AssertionError(node)


def _name(node: tree.Name, scope: Scope) -> Value:
    found = scope.values.get(str(node)) or scope.values.get(node.parts[0])
    if found is None:
        raise RefusedError("unknown-name", f"nothing is known as {node}")
    if str(node) in scope.values:
        return found
    for part in node.parts[1:]:
        if part not in found.fields:
            raise RefusedError("unknown-name", f"{node}: no component {part}")
        found = found.fields[part]
    return found


def _of_kind(value: Value, kind: str) -> str:
    if value.kind not in {kind, "null"}:
        raise RefusedError("type", f"a {kind} is needed, this is a {value.kind}")
    return cast(value, kind)


def _arithmetic(node: tree.Arithmetic, scope: Scope) -> Value:
    left, right = _expression(node.left, scope), _expression(node.right, scope)
    if node.operator == "+" and "string" in {left.kind, right.kind}:
        return Value(f"({_of_kind(left, 'string')} || {_of_kind(right, 'string')})", "string")
    a, b = _of_kind(left, "number"), _of_kind(right, "number")
    match node.operator:
        case "/":
            # the dividend's scale decides the quotient's: FEEL keeps 34 digits
            return Value(f"(({a} * 1.00000000000000000000) / NULLIF({b}, 0))", "number")
        case "**":
            return Value(POWER.format(a=a, b=b), "number")
    return Value(f"({a} {node.operator} {b})", "number")


# what has no answer, or an absurdly long one, is NULL instead of an error
POWER = """(SELECT CASE WHEN a = 0 AND b <= 0 THEN CASE WHEN b = 0 THEN 1::numeric END
 WHEN a < 0 AND b <> trunc(b) THEN NULL
 WHEN abs(b) > 1000 OR abs(a) > 1e15 OR abs(b * ln(abs(a))) > 500 THEN NULL
 ELSE power(a + 0.00000000000000000000, b) END FROM (SELECT {a} AS a, {b} AS b) power_)"""


def _compare(operator: str, left: Value, right: Value) -> str:
    if "null" in {left.kind, right.kind}:
        known = left if right.kind == "null" else right
        match operator:
            case "=":
                return f"({known.sql} IS NULL)"
            case "!=":
                return f"({known.sql} IS NOT NULL)"
        return "NULL::boolean"
    if left.kind != right.kind:
        raise RefusedError("type", f"a {left.kind} cannot be compared with a {right.kind}")
    if left.kind in {"context", "list"}:
        raise RefusedError("unsupported", f"a {left.kind} cannot be compared")
    if operator not in {"=", "!="} and left.kind == "boolean":
        raise RefusedError("type", "true and false have no order")
    _insist_codes(left, right)
    _insist_codes(right, left)
    # texts in the order of their signs, whatever the database's locale
    order = ' COLLATE "C"' if left.kind == "string" and operator not in {"=", "!="} else ""
    return f"({left.sql} {'<>' if operator == '!=' else operator} {right.sql}{order})"


def _insist_codes(subject: Value, word: Value) -> None:
    """A constant that the subject can never be is a mistake, not a row that never hits."""
    if not subject.codes or not word.is_literal or word.kind != "string":
        return
    if word.sql not in {literal(code).sql for code in subject.codes}:
        raise RefusedError("unknown-code", f"{word.sql[:-6]} is none of {', '.join(subject.codes)}")


def _choice(node: tree.Choice, scope: Scope) -> Value:
    condition = _of_kind(_expression(node.condition, scope), "boolean")
    then, otherwise = _expression(node.then, scope), _expression(node.otherwise, scope)
    kind = then.kind if then.kind != "null" else otherwise.kind
    if kind in {"context", "list"}:
        raise RefusedError("unsupported", f"a {kind} cannot be chosen")
    if kind == "null":
        return NULL
    # unknown which of them: unknown
    found = f"(CASE WHEN {condition} THEN {_of_kind(then, kind)}"
    return Value(f"{found} WHEN NOT {condition} THEN {_of_kind(otherwise, kind)} END)", kind)


def _test(test: Compared | Range, subject: Value, scope: Scope) -> str:
    if isinstance(test, Compared):
        return _compare(test.operator, subject, _expression(test.value, scope))
    low = _compare(">=" if test.low_closed else ">", subject, _expression(test.low, scope))
    high = _compare("<=" if test.high_closed else "<", subject, _expression(test.high, scope))
    return f"({low} AND {high})"


def _call(node: tree.Call, scope: Scope) -> Value:
    if (function := scope.functions.get(node.name)) is not None:
        return _invoke(node, function, scope)
    if node.name not in BUILT_IN:
        raise RefusedError("unsupported", f"no function {node.name}")
    kind, count, make = BUILT_IN[node.name]
    if count not in {None, len(node.arguments)} or not node.arguments:
        raise RefusedError("arguments", f"{node.name} takes {count or 'some'} values")
    given = [_of_kind(_expression(argument, scope), kind) for argument in node.arguments]
    return Value(make(given), kind)


def _invoke(node: tree.Call, function: Function, scope: Scope) -> Value:
    if scope.depth > 8:
        raise RefusedError("circular", f"{node.name} calls itself")
    if len(node.arguments) != len(function.parameters):
        raise RefusedError("arguments", f"{node.name} takes {len(function.parameters)} values")
    given = {}
    for (name, kind), argument in zip(function.parameters, node.arguments, strict=True):
        value = _expression(argument, scope)
        if kind:
            value = Value(_of_kind(value, kind), kind)  # type: ignore[arg-type]
        given[name] = value
    inside = replace(scope, values=given, depth=scope.depth + 1)
    return expression(function.body, inside)


def _extreme(function: str) -> Callable[[list[str]], str]:
    def make(given: list[str]) -> str:
        # LEAST and GREATEST pass over what is unknown
        missing = " OR ".join(f"{value} IS NULL" for value in given)
        return f"(CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(given)}) END)"

    return make


def _round(given: list[str]) -> str:
    value, places = given
    bounded = f"least(greatest(trunc({places}), -30), 30)::int"  # which pass over NULL
    return f"(CASE WHEN {places} IS NOT NULL THEN round({value}, {bounded}) END)"


# name: kind of its values, how many (None: any number), SQL
BUILT_IN: dict[str, tuple[Kind, int | None, Callable[[list[str]], str]]] = {
    "abs": ("number", 1, lambda given: f"abs({given[0]})"),
    "ceiling": ("number", 1, lambda given: f"ceil({given[0]})"),
    "floor": ("number", 1, lambda given: f"floor({given[0]})"),
    "max": ("number", None, _extreme("GREATEST")),
    "min": ("number", None, _extreme("LEAST")),
    "not": ("boolean", 1, lambda given: f"(NOT {given[0]})"),
    "round half up": ("number", 2, _round),
}
