"""A decision table to SQL: which rows hit, which cannot be told, and what comes out.

In layers, so that nothing is computed twice: the columns' values (`c1`…, where they are not just
columns of the facts), the rows' conditions (`r1`…: true, false, unknown), the answer. Of a table
that answers with one row, `hit` is the row's number (from 1), minus the number of the first row
that cannot be told, 0 where no row fits, NULL where rows contradict each other. Of one that answers
with many, `hits` and `unknown` are arrays.
"""
# ruff: noqa: S608 - every text in a statement is quoted, or a number

from dataclasses import dataclass

from rules.errors import Problem, RefusedError, RuleError
from rules.feel import sql
from rules.feel.parse import parse_cell, parse_expression
from rules.feel.sql import Scope, Value
from rules.model import Cell, Column, Rule, Table
from rules.read import words

SINGLE = {"UNIQUE", "FIRST", "ANY", "PRIORITY"}
BY_OUTPUT = {"PRIORITY", "OUTPUT ORDER"}
AGGREGATIONS = {"": "", "SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}
MAX_OUTPUTS = 40
Layer = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Compiled:
    """layers: alias and its columns, name to SQL, each on those before it. order: row numbers in
    the order in which they are looked at. subjects: the columns' values, outputs: each row's.
    value: what it all comes to."""

    table: Table
    alias: str
    subjects: tuple[Value, ...]
    layers: tuple[Layer, ...]
    order: tuple[int, ...]
    outputs: tuple[tuple[Value, ...], ...]
    value: Value
    told: str = ""

    @property
    def is_single(self) -> bool:
        return self.table.hit_policy in SINGLE

    @property
    def says(self) -> str:
        """SQL: some row holds or cannot be told. Of a table that answers with many rows it can be
        asked before the answer is made."""
        if self.is_single:
            return f"{self.alias}.hit IS DISTINCT FROM 0"
        rows = (_row(self.alias, number) for number in self.order)
        return " OR ".join(f"({row} IS DISTINCT FROM false)" for row in rows) or "false"


def _row(alias: str, number: int) -> str:
    """SQL of a row's condition."""
    return f'{alias}_rows."r{number}"'


def compile_table(table: Table, scope: Scope, alias: str) -> Compiled:
    """Raises RuleError, cell by cell."""
    return _Compiler(table, scope, alias).run()


class _Compiler:
    def __init__(self, table: Table, scope: Scope, alias: str) -> None:
        self.table, self.scope, self.alias = table, scope, alias
        self.problems: list[Problem] = []
        self.kinds = [column.type.kind for column in table.outputs]

    def run(self) -> Compiled:
        self._insist_sane()
        columns = [self._column(column) for column in self.table.inputs]
        inner = f"{self.alias}_in"
        # what is a column already is read where it stands
        made = {f"c{n}": v.sql for n, v in enumerate(columns, start=1) if not v.is_column}
        subjects = [
            value if value.is_column else Value(f'{inner}."c{n}"', value.kind, codes=value.codes)
            for n, value in enumerate(columns, start=1)
        ]
        conditions = [self._condition(rule, subjects) for rule in self.table.rules]
        outputs = tuple(self._outputs(rule) for rule in self.table.rules)
        defaults = self._defaults()
        order = self._order(outputs)
        if self.problems:
            raise RuleError(self.problems)
        layers: list[Layer] = []
        if made:
            layers.append((inner, made))
        if conditions:
            found = {f"r{n}": text for n, text in enumerate(conditions, start=1)}
            layers.append((f"{self.alias}_rows", found))
        answer = _Answer(self, order, outputs, defaults)
        more, value = answer.layers()
        return Compiled(
            table=self.table,
            alias=self.alias,
            subjects=tuple(subjects),
            layers=(*layers, *more),
            order=order,
            outputs=outputs,
            value=value,
            told=answer.told(),
        )

    def _insist_sane(self) -> None:
        """What a table may not be, whatever stands in it."""
        table, outputs = self.table, self.table.outputs
        if table.aggregation not in AGGREGATIONS or (
            table.aggregation and table.hit_policy != "COLLECT"
        ):
            self._refuse(table.id, "unsupported", f"aggregation {table.aggregation}")
        if table.aggregation and len(outputs) != 1:
            self._refuse(table.id, "unsupported", "an aggregation has one output")
        if len(outputs) > MAX_OUTPUTS:
            self._refuse(table.id, "too-large", f"more than {MAX_OUTPUTS} outputs")

    def _column(self, column: Column) -> Value:
        """An input's value; what lies outside its allowed words is unknown."""
        value = self._value(Cell(column.id, column.text))
        if value.kind in {"context", "list", "null"}:
            self._refuse(column.id, "type", f"a {value.kind} is no column")
        if column.type.kind not in {"", value.kind}:
            self._refuse(
                column.id, "type", f"a {column.type.kind} is announced, not a {value.kind}"
            )
        try:
            codes = words(column.allowed) or column.type.codes
        except RefusedError as error:
            self.problems.append(error.at(column.id))
            codes = ()
        if not codes or value.kind != "string":
            return value
        if value.codes and not set(codes) <= set(value.codes):
            strange = sorted(set(codes) - set(value.codes))
            self._refuse(column.id, "unknown-code", f"not among the words of it: {strange}")
        allowed = ", ".join(sql.literal(code).sql for code in codes)
        text = f"(CASE WHEN {value.sql} IN ({allowed}) THEN {value.sql} END)"
        return Value(text, "string", codes=codes)

    def _condition(self, rule: Rule, subjects: list[Value]) -> str:
        found = []
        for cell, subject in zip(rule.inputs, subjects, strict=True):
            try:
                tests = parse_cell(cell.text, self.scope.names)
                found.append(sql.cell(tests, subject, self.scope))
            except RefusedError as error:
                self.problems.append(error.at(cell.id))
        return f"({' AND '.join(filter(None, found)) or 'true'})"

    def _outputs(self, rule: Rule) -> tuple[Value, ...]:
        found = [self._value(cell) for cell in rule.outputs]
        for place, (value, cell) in enumerate(zip(found, rule.outputs, strict=True)):
            self._insist_kind(place, value, cell.id)
        return tuple(found)

    def _defaults(self) -> tuple[Value, ...]:
        found = []
        for place, column in enumerate(self.table.outputs):
            value = self._value(Cell(column.id, column.default)) if column.default else sql.NULL
            self._insist_kind(place, value, column.id)
            found.append(value)
        return tuple(found)

    def _insist_kind(self, place: int, value: Value, element: str) -> None:
        """Every entry of a column is of one kind; the first says which if the column does not."""
        if value.kind == "null":
            return
        column = self.table.outputs[place]
        codes = words(column.allowed) or column.type.codes
        if codes and value.is_literal and value.sql not in {sql.literal(c).sql for c in codes}:
            self._refuse(element, "unknown-code", f"not among {', '.join(codes)}")
        if self.table.aggregation in {"SUM", "MIN", "MAX"} and value.kind != "number":
            self._refuse(element, "type", "a number is needed to be collected")
        self.kinds[place] = self.kinds[place] or value.kind
        if value.kind != self.kinds[place]:
            self._refuse(element, "type", f"a {self.kinds[place]} is needed, not a {value.kind}")

    def _value(self, cell: Cell) -> Value:
        if cell.text.strip() in {"", "-"}:
            return sql.NULL
        try:
            return sql.expression(parse_expression(cell.text, self.scope.names), self.scope)
        except RefusedError as error:
            self.problems.append(error.at(cell.id))
            return sql.NULL

    def _order(self, outputs: tuple[tuple[Value, ...], ...]) -> tuple[int, ...]:
        """Row numbers as they are looked at: as they stand, or by the outputs' priority."""
        numbers = range(1, len(outputs) + 1)
        if self.table.hit_policy not in BY_OUTPUT:
            return tuple(numbers)
        ranks: list[dict[str, int]] = []
        for column in self.table.outputs:
            allowed = words(column.allowed) or column.type.codes
            ranks.append({sql.literal(word).sql: n for n, word in enumerate(allowed)})
        keys = {}
        for number, row in zip(numbers, outputs, strict=True):
            places = [
                rank.get(v.sql, -1) if rank else 0 for rank, v in zip(ranks, row, strict=True)
            ]
            if -1 in places or not any(ranks):
                element = self.table.rules[number - 1].id
                self._refuse(element, "priority", "an output that its list of values does not rank")
            keys[number] = (*places, number)
        return tuple(sorted(numbers, key=lambda number: keys[number]))

    def _refuse(self, element: str, code: str, message: str) -> None:
        self.problems.append(Problem(element, code, message))


class _Answer:
    """The last layers of a table."""

    def __init__(
        self,
        compiler: _Compiler,
        order: tuple[int, ...],
        outputs: tuple[tuple[Value, ...], ...],
        defaults: tuple[Value, ...],
    ) -> None:
        self.table, self.alias, self.kinds = compiler.table, compiler.alias, compiler.kinds
        self.order, self.outputs, self.defaults = order, outputs, defaults
        self.rows = {number: _row(self.alias, number) for number in order}

    def layers(self) -> tuple[list[Layer], Value]:
        return self._single() if self.table.hit_policy in SINGLE else self._multiple()

    def told(self) -> str:
        """See Compiled."""
        if self.table.hit_policy in SINGLE or not self.order:
            return "NULL::text"
        rows = ", ".join(
            f"({number}, {self.rows[number]}, {self._entry(number, plain=False)})"
            for number in self.order
        )
        source = f"(VALUES {rows}) row_(n, hit, v) WHERE hit IS DISTINCT FROM false"
        return f"(SELECT jsonb_object_agg(n, v) FROM {source})::text"

    def _single(self) -> tuple[list[Layer], Value]:
        hit = f'{self.alias}_hit."hit"'
        columns = {"hit": hit}
        for place, kind in enumerate(self.kinds):
            columns[f"o{place + 1}"] = self._chosen(hit, place, kind or "string")
        hits: Layer = (f"{self.alias}_hit", {"hit": self._hit()})
        return [hits, (self.alias, columns)], self._context(self.alias)

    def _hit(self) -> str:
        """Which row, as one number; see the module."""
        first, none = "CASE", " ELSE 0 END"
        if not self.order:
            return "0"
        if self.table.hit_policy in {"FIRST", "PRIORITY"}:
            for number in self.order:
                row = self.rows[number]
                first += f" WHEN {row} THEN {number} WHEN {row} IS NULL THEN -{number}"
            return first + none
        # rows do not contradict each other: one that holds is the answer
        groups: dict[object, list[str]] = {}
        for number in self.order:
            is_any = self.table.hit_policy == "ANY"
            key = tuple(v.sql for v in self.outputs[number - 1]) if is_any else number
            groups.setdefault(key, []).append(self.rows[number])
        held = [f"COALESCE({' OR '.join(rows)}, false)::int" for rows in groups.values()]
        first += f" WHEN {' + '.join(held)} > 1 THEN NULL"
        for number in self.order:
            first += f" WHEN {self.rows[number]} THEN {number}"
        for number in self.order:
            first += f" WHEN {self.rows[number]} IS NULL THEN -{number}"
        return first + none

    def _chosen(self, hit: str, place: int, kind: str) -> str:
        """One output by the row that hit; rows of the same output share a branch."""
        by_value: dict[str, list[int]] = {}
        for number, row in enumerate(self.outputs, start=1):
            if row[place].kind != "null":
                by_value.setdefault(row[place].sql, []).append(number)
        if self.defaults[place].kind != "null":
            by_value.setdefault(self.defaults[place].sql, []).append(0)
        branches = [
            f"WHEN {hit} IN ({', '.join(map(str, numbers))}) THEN {text}"
            for text, numbers in by_value.items()
        ]
        return f"(CASE {' '.join(branches)} END)" if branches else f"NULL::{sql.TYPES[kind]}"

    def _context(self, alias: str) -> Value:
        """The outputs: one value, or a context of them."""
        found = [
            Value(f'{alias}."o{place + 1}"', kind or "string")  # type: ignore[arg-type]
            for place, kind in enumerate(self.kinds)
        ]
        if len(found) == 1:
            return found[0]
        names = [column.name for column in self.table.outputs]
        return Value("", "context", dict(zip(names, found, strict=True)))

    def _multiple(self) -> tuple[list[Layer], Value]:
        numbers = ", ".join(f"CASE WHEN {self.rows[n]} THEN {n} END" for n in self.order)
        unknown = ", ".join(f"CASE WHEN {self.rows[n]} IS NULL THEN {n} END" for n in self.order)
        columns = {
            "hits": f"array_remove(ARRAY[{numbers}]::int[], NULL)",
            "unknown": f"array_remove(ARRAY[{unknown}]::int[], NULL)",
        }
        kind, text = self._collected()
        # what cannot be told of one row cannot be told of all; and DMN does not say whether a
        # default of many rows is a list
        known = f'{self.alias}."unknown" = ARRAY[]::int[]'
        if any(value.kind != "null" for value in self.defaults):
            known += f' AND {self.alias}."hits" <> ARRAY[]::int[]'
        known = f"(CASE WHEN {known} THEN {text} END)"
        value = Value(f'{self.alias}_value."v"', kind)  # type: ignore[arg-type]
        return [(self.alias, columns), (f"{self.alias}_value", {"v": known})], value

    def _collected(self) -> tuple[str, str]:
        rows = ", ".join(
            f"({place}, {self.rows[number]}, {self._entry(number)})"
            for place, number in enumerate(self.order)
        )
        function = AGGREGATIONS[self.table.aggregation]
        if not rows:
            return ("number", "0::numeric") if function == "count" else ("list", "'[]'::jsonb")
        source = f"FROM (VALUES {rows}) row_(n, hit, v) WHERE hit"
        if not function:
            return "list", f"(SELECT coalesce(jsonb_agg(v ORDER BY n), '[]') {source})"
        return "number", f"(SELECT {function}(v)::numeric {source})"

    def _entry(self, number: int, *, plain: bool = True) -> str:
        """A row's output as it is collected. plain: a single one without its name."""
        row = self.outputs[number - 1]
        if self.table.aggregation and plain:
            return sql.cast(row[0], self.kinds[0] or "number")
        if len(row) == 1 and plain:
            return f"to_jsonb({sql.cast(row[0], self.kinds[0] or 'string')})"
        parts = [
            f"{sql.literal(column.name).sql}, {sql.cast(value, kind or 'string')}"
            for column, value, kind in zip(self.table.outputs, row, self.kinds, strict=True)
        ]
        return f"jsonb_build_object({', '.join(parts)})"
