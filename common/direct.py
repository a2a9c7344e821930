"""Rows read and written by statements that are made once, for what every task passes through.

Django builds and compiles a statement at each call, which takes longer than the database needs
for one row. Elsewhere the ORM is the way: these know no more than columns.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, connection, models
from psycopg import sql

M = TypeVar("M", bound=models.Model)
Columns = Sequence[str]
Parameters = Sequence[Any] | Mapping[str, Any]


class Reader(Generic[M]):
    """Loads models by a statement whose select list it writes.

    parts: alias in the statement to a model and its fields (attnames, the primary key among them;
    the others stay deferred). also: one more expression, whose value ends each row.
    """

    def __init__(
        self, main: type[M], *, also: str = "", **parts: tuple[type[models.Model], Columns]
    ) -> None:
        every = [field.attname for field in main._meta.concrete_fields]
        self.parts = [_Part("r", main, every)]
        self.parts += [_Part(alias, model, names) for alias, (model, names) in parts.items()]
        selected = [part.select for part in self.parts] + ([also] if also else [])
        self.select = "SELECT " + ", ".join(selected) + " "

    def all(self, rest: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """Every row as a tuple of models; None for a part that an outer join left empty.

        rest: the statement from FROM on, the main table as `r`.
        """
        with connection.cursor() as cursor:
            cursor.execute(self.select + rest, parameters)
            return [self._models(row) for row in cursor.fetchall()]

    def first(self, rest: str, parameters: Parameters) -> M | None:
        """The main model of the first row."""
        found = self.all(rest, parameters)
        return found[0][0] if found else None

    def _models(self, row: Sequence[Any]) -> tuple[Any, ...]:
        found, at = [], 0
        for part in self.parts:
            found.append(part.model_of(row[at : at + part.size]))
            at += part.size
        return (*found, *row[at:])


class _Part:
    def __init__(self, alias: str, model: type[models.Model], names: Columns) -> None:
        # in the model's own order, as `from_db` reads them
        fields = [field for field in model._meta.concrete_fields if field.attname in names]
        self.model, self.names, self.size = model, [f.attname for f in fields], len(fields)
        self.key = self.names.index(str(model._meta.pk.attname))
        self.select = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.converted = [
            (place, field.from_db_value)
            for place, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]

    def model_of(self, values: Sequence[Any]) -> Any:
        if values[self.key] is None:
            return None
        if self.converted:
            values = list(values)
            for place, convert in self.converted:
                values[place] = convert(values[place], None, connection)
        return self.model.from_db(connection.alias, self.names, values)


def among(statement: str, ids: Sequence[int]) -> tuple[str, Any]:
    """A statement with its `= ANY(%(ids)s)` fitted to some ids, and that parameter's value.

    One id is compared plainly: PostgreSQL keeps that plan, while for a list it plans each time,
    which takes longer than reading one case's rows.
    """
    if len(ids) == 1:
        return statement.replace("= ANY(%(ids)s)", "= %(ids)s"), ids[0]
    return statement, list(ids)


def change(row: models.Model, names: Sequence[str]) -> None:
    """UPDATE some fields (attnames) of one row. Raises DatabaseError where it is gone."""
    statement, fields = _update(type(row), tuple(names))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_values(row, fields), row.pk])
        if not cursor.rowcount:
            raise DatabaseError(f"no row {row.pk} of {row._meta.label} to change")


def add(rows: Sequence[M]) -> Sequence[M]:
    """INSERT some rows of one model, which get their ids. For a handful: one value a column."""
    if not rows:
        return rows
    statement, values = _inserted(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING id", values)
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            _is_saved(row, pk)
    return rows


def _is_saved(row: models.Model, pk: Any) -> None:
    row.pk, row._state.adding, row._state.db = pk, False, connection.alias


def copy_in(rows: Sequence[M]) -> Sequence[M]:
    """COPY many rows of one model, which get their ids."""
    if not rows:
        return rows
    model = type(rows[0])
    statement, fields = _copy(model)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, len(rows)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
        with cursor.copy(statement) as copy:
            for pk, row in zip(ids, rows, strict=True):
                copy.write_row((pk, *_values(row, fields)))
    for pk, row in zip(ids, rows, strict=True):
        _is_saved(row, pk)
    return rows


def add_new(rows: Sequence[models.Model]) -> int:
    """INSERT those of some rows that are not there yet; how many. They get no ids."""
    statement, values = _inserted(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} ON CONFLICT DO NOTHING", values)
        return int(cursor.rowcount)


def remove(model: type[models.Model], **where: Any) -> int:
    """DELETE rows by their fields (attnames), a list meaning any of them; how many.

    For rows that nothing refers to: nothing follows them.
    """
    # one is compared plainly, see `among`
    plain = {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in where.items()}
    listed = tuple((name, isinstance(value, list)) for name, value in plain.items())
    with connection.cursor() as cursor:
        cursor.execute(_delete(model, listed), list(plain.values()))
        return int(cursor.rowcount)


def _inserted(rows: Sequence[models.Model]) -> tuple[str, list[Any]]:
    statement, fields = _insert(type(rows[0]), len(rows))
    return statement, [value for row in rows for value in _values(row, fields)]


def _values(row: models.Model, fields: list[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def _own_fields(model: type[models.Model]) -> list[Any]:
    """All but the key and what the database fills in."""
    fields = model._meta.concrete_fields
    return [field for field in fields if not field.primary_key and not field.has_db_default()]


@lru_cache(maxsize=64)
def _copy(model: type[models.Model]) -> tuple[str, list[Any]]:
    fields = _own_fields(model)
    columns = ["id", *(field.column for field in fields)]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return statement.as_string(None), fields


@lru_cache(maxsize=64)
def _delete(model: type[models.Model], names: tuple[tuple[str, bool], ...]) -> str:
    found = sql.SQL("DELETE FROM {} WHERE {}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(" AND ").join(
            sql.SQL("{} = ANY(%s)" if is_list else "{} = %s").format(sql.Identifier(name))
            for name, is_list in names
        ),
    )
    return found.as_string(None)


@lru_cache(maxsize=256)
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    statement = sql.SQL("UPDATE {} SET {} WHERE id = %s").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(
            sql.SQL("{} = %s").format(sql.Identifier(field.column)) for field in fields
        ),
    )
    return statement.as_string(None), fields


@lru_cache(maxsize=256)
def _insert(model: type[models.Model], count: int) -> tuple[str, list[Any]]:
    fields = _own_fields(model)
    row = sql.SQL("({})").format(sql.SQL(", ").join(sql.SQL("%s") for _ in fields))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(field.column) for field in fields),
        sql.SQL(", ").join(row for _ in range(count)),
    )
    return statement.as_string(None), fields
