"""What is wrong with a table although every cell of it is sound: rows that overlap where they must
not, rows that can never hit, gaps in what claims to be complete.

Each column is cut into a few pieces by the values its cells name, each piece with one example; a
row covers some pieces of each column. Parameters count with the values given. What a cell compares
with another fact cannot be known beforehand: it may hold or not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules.compile import Compiled
from rules.errors import Problem
from rules.feel import tree
from rules.feel.parse import parse_cell
from rules.feel.tree import Compared, Node, Test
from rules.model import Table
from rules.tables import Compiled as CompiledTable

Constants = Mapping[str, Decimal]
Box = tuple[int, ...]  # a set of pieces for each column, as bits
MAX_STEPS = 50_000
_UNKNOWN = object()


def check(compiled: Compiled, constants: Constants | None = None) -> list[Problem]:
    """Every such problem of a model's tables. constants: values of parameters, by name."""
    names = [part.name for part in compiled.model.parts]
    checkers = [_Checker(table, constants or {}, names) for table in compiled.tables.values()]
    return [problem for checker in checkers for problem in checker.problems()]


class _TooLargeError(Exception):
    """More boxes than are looked at."""


class _Checker:
    def __init__(self, table: CompiledTable, constants: Constants, names: list[str]) -> None:
        self.compiled, self.table = table, table.table
        self.constants, self.names = constants, names
        self.axes = _axes(self.table, table, self)
        self.boxes = [self._box(number) for number in range(len(self.table.rules))]
        self.whole: Box = tuple((1 << len(axis.examples)) - 1 for axis in self.axes)

    def problems(self) -> list[Problem]:
        policy = self.table.hit_policy
        found = [self._never(n) for n, box in enumerate(self.boxes) if 0 in box]
        if policy in {"UNIQUE", "ANY"}:
            found += self._overlaps(same_output_allowed=policy == "ANY")
        if policy in {"FIRST", "PRIORITY"}:
            found += self._hidden()
        if self.table.claims_complete:
            found += self._gaps()
        return found

    def constant(self, node: Node) -> Any:
        """The value of what needs no facts; _UNKNOWN for the rest."""
        match node:
            case tree.Literal(value):
                return value
            case tree.Name():
                return self.constants.get(str(node), _UNKNOWN)
            case tree.Negative(operand):
                value = self.constant(operand)
                return -value if isinstance(value, Decimal) else _UNKNOWN
            case tree.Arithmetic(operator, left, right):
                a, b = self.constant(left), self.constant(right)
                both = isinstance(a, Decimal) and isinstance(b, Decimal)
                return _arithmetic(operator, a, b) if both else _UNKNOWN
        return _UNKNOWN

    def _box(self, number: int) -> Box:
        rule = self.table.rules[number]
        return tuple(axis.pieces(rule.inputs) for axis in self.axes)

    def _never(self, number: int) -> Problem:
        rule = self.table.rules[number]
        return Problem(rule.id, "never-hits", "the cells of this row contradict each other")

    def _overlaps(self, *, same_output_allowed: bool) -> Iterable[Problem]:
        for second in range(len(self.boxes)):
            for first in range(second):
                both = _meet(self.boxes[first], self.boxes[second])
                if both is None:
                    continue
                if same_output_allowed and _outputs(self.compiled, first, second):
                    continue
                rules = self.table.rules
                text = f"overlaps with {rules[first].id}: {self._example(both)} hits both"
                yield Problem(rules[second].id, "overlap", text)

    def _hidden(self) -> Iterable[Problem]:
        order = [number - 1 for number in self.compiled.order]
        steps = [MAX_STEPS]  # for all rows together
        for place, number in enumerate(order):
            box = self.boxes[number]
            if 0 in box:
                continue
            earlier = [self.boxes[n] for n in order[:place]]
            try:
                hidden = _uncovered(box, earlier, steps) is None
            except (_TooLargeError, RecursionError):
                continue
            if hidden:
                text = "the rows looked at before it leave nothing for this one"
                yield Problem(self.table.rules[number].id, "never-hits", text)

    def _gaps(self) -> Iterable[Problem]:
        try:
            left = _uncovered(self.whole, self.boxes, [MAX_STEPS])
        except (_TooLargeError, RecursionError):
            yield Problem(self.table.id, "gap", "too large to be found complete")
            return
        if left is not None:
            yield Problem(self.table.id, "gap", f"no row for {self._example(left)}")

    def _example(self, box: Box) -> str:
        """One point of a box, in the columns' words."""
        told = []
        for axis, pieces in zip(self.axes, box, strict=True):
            example = axis.examples[(pieces & -pieces).bit_length() - 1]
            if axis.cell is None:
                told.append(f"{axis.label} = {_word(example)}")
            else:
                told.append(
                    f"{axis.label} {axis.cell}" if example else f"not {axis.label} {axis.cell}"
                )
        return ", ".join(told) or "anything"


@dataclass
class _Axis:
    """One column, or one cell whose truth cannot be known beforehand (then `cell` is its text)."""

    label: str
    columns: tuple[int, ...]
    examples: list[Any]
    checker: _Checker
    cell: str | None = None

    def pieces(self, cells: tuple[Any, ...]) -> int:
        """The examples for which a row's cells hold, as bits."""
        found = (1 << len(self.examples)) - 1
        for column in self.columns:
            text = cells[column].text
            if self.cell is not None:
                found &= 1 if text.strip() == self.cell else 3
                continue
            tests = parse_cell(text, self.checker.names)
            if not tests.tests or _is_opaque(tests.tests, self.checker):
                continue
            held = 0
            for place, example in enumerate(self.examples):
                holds = any(_holds(test, example, self.checker) for test in tests.tests)
                held |= (holds != tests.negated) << place
            found &= held
        return found


def _axes(table: Table, compiled: CompiledTable, checker: _Checker) -> list[_Axis]:
    by_text: dict[str, list[int]] = {}
    for place, column in enumerate(table.inputs):
        by_text.setdefault(" ".join(column.text.split()), []).append(place)
    found: list[_Axis] = []
    for columns in by_text.values():
        label, subject = table.inputs[columns[0]].label, compiled.subjects[columns[0]]
        values: list[Any] = []
        opaque: dict[str, None] = {}
        for rule in table.rules:
            for place in columns:
                text = rule.inputs[place].text
                tests = parse_cell(text, checker.names).tests
                if _is_opaque(tests, checker):
                    opaque[text.strip()] = None
                else:
                    values += [v for test in tests for v in _ends(test, checker)]
        examples = _examples(subject.kind, values, subject.codes)
        found.append(_Axis(label, tuple(columns), examples, checker))
        found += [_Axis(label, tuple(columns), [True, False], checker, text) for text in opaque]
    return found


def _ends(test: Test, checker: _Checker) -> list[Any]:
    nodes = [test.value] if isinstance(test, Compared) else [test.low, test.high]
    return [checker.constant(node) for node in nodes]


def _is_opaque(tests: tuple[Test, ...], checker: _Checker) -> bool:
    return any(value is _UNKNOWN for test in tests for value in _ends(test, checker))


def _examples(kind: str, values: list[Any], codes: tuple[str, ...]) -> list[Any]:
    """A value for each piece of a column: those named, and one for what lies between them."""
    nulls: list[Any] = [None] if None in values else []
    named = sorted({value for value in values if value is not None})
    if kind == "boolean":
        return [True, False, *nulls]
    if kind == "string":
        other = [] if codes else ["…"]
        return [*(codes or named), *other, *nulls]
    if not named:
        return [Decimal(0) if kind == "number" else date(2000, 1, 1), *nulls]
    found = [_beside(named[0], -1)]
    for value, after in zip(named, [*named[1:], None], strict=True):
        found.append(value)
        found.append(_beside(value, 1) if after is None else value + (after - value) / 2)
    return [*dict.fromkeys(found), *nulls]


def _beside(value: Any, way: int) -> Any:
    """The next number or day, itself at the calendar's ends."""
    if not isinstance(value, date):
        return value + way
    try:
        return value + timedelta(days=way)
    except OverflowError:
        return value


def _holds(test: Test, example: Any, checker: _Checker) -> bool:
    if isinstance(test, Compared):
        return _compare(test.operator, example, checker.constant(test.value))
    low, high = checker.constant(test.low), checker.constant(test.high)
    return _compare(">=" if test.low_closed else ">", example, low) and _compare(
        "<=" if test.high_closed else "<", example, high
    )


def _compare(operator: str, a: Any, b: Any) -> bool:
    match operator:
        case "=":
            return bool(a == b)
        case "!=":
            return bool(a != b)
    if a is None or b is None:
        return False
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])


def _arithmetic(operator: str, a: Decimal, b: Decimal) -> Any:
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/" if b:
            return a / b
    return _UNKNOWN


def _meet(a: Box, b: Box) -> Box | None:
    found = tuple(x & y for x, y in zip(a, b, strict=True))
    return None if 0 in found else found


def _outputs(table: CompiledTable, first: int, second: int) -> bool:
    """Whether two rows say the same."""
    a, b = table.outputs[first], table.outputs[second]
    return [value.sql for value in a] == [value.sql for value in b]


def _uncovered(box: Box, others: list[Box], steps: list[int]) -> Box | None:
    """A part of a box that none of the others covers."""
    steps[0] -= 1
    if steps[0] < 0:
        raise _TooLargeError
    for place, other in enumerate(others):
        if _meet(box, other) is None:
            continue
        inside = list(box)
        for axis, pieces in enumerate(other):
            outside = inside[axis] & ~pieces
            if outside:
                part = (*inside[:axis], outside, *inside[axis + 1 :])
                found = _uncovered(part, others[place + 1 :], steps)
                if found is not None:
                    return found
            inside[axis] &= pieces
        return None
    return box


def _word(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case Decimal():
            return f"{value.normalize():f}"
    return str(value)
