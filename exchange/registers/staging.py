"""From a file into a temporary table: cells checked, rows rejected, the rest copied in bulk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from common.identity import IdNumber
from exchange.registers import cells
from exchange.registers.cells import ID_NUMBER, NUMBER, PERSON_NAME
from exchange.registers.files import Row, Table
from exchange.registers.kinds import Column, Kind
from exchange.registers.problems import CellError, FileRefusedError, Problem
from households import names

MANY = 2000
STAGE = sql.Identifier("register_stage")

Reader = Callable[[str, "Out"], None]


@dataclass
class Load:
    """One file on its way: what is in it, what happened to its rows."""

    kind: Kind
    columns: list[Column]
    today: date
    rows: int = 0
    rejected: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejects: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def present(self) -> list[str]:
        """Our columns that the file has: only these are compared and changed."""
        return [name for column in self.columns for name in stage_columns(column)]

    def has(self, column: str) -> bool:
        return any(c.name == column for c in self.columns)

    def reject(self, rows: Sequence[int], column: str, code: str) -> None:
        """Reject rows that had been staged."""
        self.rejected += len(rows)
        self.rejects.extend(Problem(row, column, code) for row in rows)

    def warn(self, rows: Sequence[int], column: str, code: str) -> None:
        self.warnings.extend(Problem(row, column, code) for row in rows)


def stage_columns(column: Column) -> list[str]:
    """Columns of the temporary table behind one of the file."""
    if column.target == "-":
        return []
    if column.type is ID_NUMBER:
        return ["id_number", "id_index", "id_tail", "birth_on", "sex"]
    if column.type is NUMBER:
        return [column.target, f"{column.target}_index"]
    if column.type is PERSON_NAME:
        return ["name", "name_pinyin"]
    return [column.target]


def _sql_type(column: Column, name: str) -> str:
    if name == "birth_on":
        return "date"
    if name in ("id_tail", "sex"):
        return "text"
    if name.endswith(("_index", "_pinyin")):
        return "bytea" if name.endswith("_index") else "text"
    return column.type.sql


def prepare(table: Table, kind: Kind, today: date) -> Load:
    """Match the header; raises FileRefusedError where a required column is missing or doubled."""
    lacking = kind.lacking(table.header)
    if lacking:
        text = _("缺少必需的列：%(columns)s") % {"columns": ", ".join(lacking)}
        raise FileRefusedError("invalid-data", text, field=table.path.name)
    matched = kind.match(table.header)
    known = [column for column in matched if column]
    doubled = sorted({column.name for column in known if known.count(column) > 1})
    if doubled:
        text = _("列重复：%(columns)s") % {"columns": ", ".join(doubled)}
        raise FileRefusedError("invalid-data", text, field=table.path.name)
    load = Load(kind, known, today)
    for name, column in zip(table.header, matched, strict=True):
        if column is None and name:
            load.warnings.append(Problem(table.header_row, name[:60], "unknown-column"))
    return load


def stage(table: Table, load: Load) -> None:
    """Copy the sound rows into the temporary table; memory does not grow with the file."""
    _create(load.kind)
    target = sql.SQL(", ").join(sql.Identifier(c) for c in ["row_no", *load.present])
    copy_sql = sql.SQL("COPY {} ({}) FROM STDIN").format(STAGE, target)
    checker = RowChecker(table, load)
    with (
        connection.cursor() as cursor,
        cursor.connection.cursor() as raw,
        raw.copy(copy_sql) as out,
    ):
        for row in table.rows():
            values = checker.check(row)
            if values is not None:
                out.write_row(values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE register_stage")
        if load.rows > MANY:
            # our own tables may have grown since the planner last looked: no row-by-row joins
            cursor.execute("SET LOCAL enable_nestloop = off")


def _create(kind: Kind) -> None:
    """Columns that a file lacks are there too, empty."""
    parts = ["row_no bigint PRIMARY KEY"]
    for column in kind.columns:
        for name in stage_columns(column):
            default = "DEFAULT ''" if column.type.empty == "" else ""
            parts.append(f'"{name}" {_sql_type(column, name)} {default}')
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS register_stage")
        cursor.execute(f"CREATE TEMPORARY TABLE register_stage ({', '.join(parts)}) ON COMMIT DROP")


@dataclass
class Out:
    """The row being read."""

    values: list[Any]
    seen: dict[str, Any]


class RowChecker:
    """Reads rows of one file, cell by cell; a row's every bad cell is named."""

    def __init__(self, table: Table, load: Load) -> None:
        self._load = load
        self._width = len(table.header)
        matched = load.kind.match(table.header)
        self._places = {column.name: place for place, column in enumerate(matched) if column}
        self._steps = [
            (place, column, self._reader(column), column.required, len(stage_columns(column)))
            for place, column in enumerate(matched)
            if column
        ]

    def check(self, row: Row) -> list[Any] | None:
        """Values for the temporary table, or None where the row was rejected."""
        load = self._load
        load.rows += 1
        if isinstance(row, Problem):
            load.rejected += 1
            load.rejects.append(row)
            return None
        number, texts = row
        before = len(load.rejects)
        if len(texts) > self._width and any(texts[self._width :]):
            text = _("单元格比表头多")
            load.rejects.append(Problem(number, "", "too-long", text))
        out = Out([number], {})
        self._read_cells(number, texts, out)
        if len(load.rejects) == before:
            self._check_whole(number, texts, out)
        if len(load.rejects) > before:
            load.rejected += 1
            return None
        return out.values

    def _read_cells(self, number: int, texts: list[str], out: Out) -> None:
        width = len(texts)
        for place, column, reader, required, size in self._steps:
            try:
                cell = cells.clean(texts[place]) if place < width else ""
                if cell:
                    reader(cell, out)
                elif required:
                    raise CellError("missing")
                else:
                    out.values.extend([column.type.empty] * size)
            except CellError as bad:
                self._load.rejects.append(Problem(number, column.name, bad.code))

    def _reader(self, column: Column) -> Reader:
        """What to do with a cell that says something."""
        if column.type is ID_NUMBER:
            return self._read_id_number
        read = column.type.read
        if column.type is NUMBER:
            return lambda cell, out: out.values.extend(cells.sealed(read(cell), column.name))
        if column.target == "-":
            return lambda cell, out: out.seen.__setitem__(column.name, read(cell))
        if column.type is PERSON_NAME:
            return lambda cell, out: self._read_name(read(cell), out)
        return lambda cell, out: out.values.append(read(cell))

    def _read_id_number(self, cell: str, out: Out) -> None:
        found: IdNumber = cells.id_number(cell, today=self._load.today)
        told = found.number[-4:], found.birth_on.isoformat(), found.sex
        out.values.extend((*cells.sealed(found.number, "id_number"), *told))
        out.seen["id_sex"] = found.sex

    def _read_name(self, name: str, out: Out) -> None:
        out.values.extend((name, names.sort_key(name)))
        out.seen["unprintable"] = not names.is_printable(name)

    def _check_whole(self, number: int, texts: list[str], out: Out) -> None:
        """What several cells say together."""
        load = self._load
        for first, last in (("starts_on", "ends_on"), ("member_from", "member_to")):
            if self._is_reversed(texts, first, last):
                load.rejects.append(Problem(number, last, "bad-date"))
        if load.kind.any_of and not any(self._cell(texts, name) for name in load.kind.any_of):
            load.rejects.append(Problem(number, load.kind.any_of[0], "missing"))
        if out.seen.get("unprintable"):
            load.warnings.append(Problem(number, "name", "no-font"))
        said, meant = out.seen.get("sex"), out.seen.get("id_sex")
        if said and meant and {"1": "male", "2": "female"}.get(said, said) != meant:
            load.warnings.append(Problem(number, "sex", "id-sex"))

    def _is_reversed(self, texts: list[str], first: str, last: str) -> bool:
        start, end = self._cell(texts, first), self._cell(texts, last)
        return bool(start and end) and cells.read_day(end) < cells.read_day(start)

    def _cell(self, texts: list[str], name: str) -> str:
        place = self._places.get(name)
        return cells.clean(texts[place]) if place is not None and place < len(texts) else ""
