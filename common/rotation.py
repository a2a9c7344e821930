"""Sealing everything again by the newest key, while people work.

Every process opens values of every version, so nothing is unreadable at any moment; what another
process seals by the old key meanwhile is found by a later round. Rows in use are left for a later
round, too: nobody waits for the rotation, and it waits for nobody. Killed, it goes on where it was,
because what is sealed by the newest key says so itself.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from common import crypto, keys
from common.errors import ConflictError
from common.fields import SealedField, SealedJsonField

BATCH = 2000
PAUSE = 0.2  # before rows that were in use are tried again
SETTLE = 2 * crypto.LOOKS_EVERY  # by then every process has seen a new key
# not sealed as it would be today; an empty value holds nothing
STALE = "({column} <> ''::bytea AND substring({column} FROM 1 FOR 2) <> %(prefix)s)"
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Table:
    """A table with sealed columns."""

    name: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """What a rotation did: the version that seals, rows sealed again, seconds."""

    version: int
    rows: int
    seconds: float


def tables() -> list[Table]:
    """Every table with sealed columns, by what their fields are."""
    found = []
    for model in apps.get_models():
        sealed = [
            field.column
            for field in model._meta.local_concrete_fields
            if isinstance(field, SealedField | SealedJsonField)
        ]
        if sealed:
            key = str(model._meta.pk.column)
            found.append(Table(model._meta.db_table, key, tuple(map(str, sealed))))
    return found


def rotate(*, progress: Progress = lambda _rows: None) -> Done:
    """Make a new version of the key and seal everything by it.

    While an older version is in use no further one is made: what was broken off goes on.
    progress: told how many rows each batch sealed again. Raises KeysUnavailableError, SealError.
    """
    began = time.monotonic()
    store = keys.store(crypto.home())
    if len(store.versions("field")) == 1:
        store.add("field")
    version = crypto.newest_version()
    rows = reseal(progress=progress)
    return Done(version, rows, time.monotonic() - began)


def reseal(*, progress: Progress = lambda _rows: None) -> int:
    """Seal again what is not sealed as it would be now (key, cipher, place); how many rows."""
    done = 0
    while stale := [table for table in tables() if count_stale(table)]:
        for table in stale:
            for rows in _batches(table):
                done += rows
                progress(rows)
        time.sleep(PAUSE)
    return done


def finish() -> list[int]:
    """Take the old versions out of use; which. Raises ConflictError while a row uses one."""
    store = keys.store(crypto.home())
    newest = crypto.newest_version()
    old = [version for version in store.versions("field") if version < newest]
    if not old:
        return []
    time.sleep(SETTLE)  # whoever sealed by the old key until now has noticed the new one
    left = {table.name: count for table in tables() if (count := count_stale(table))}
    if left:
        raise ConflictError("keys-in-use", tables=left)
    for version in old:
        store.retire("field", version)
    return old


def count_stale(table: Table) -> int:
    """Rows with something that is not sealed as it would be now."""
    statement = sql.SQL("SELECT count(*) FROM {table} WHERE {stale}")
    with connection.cursor() as cursor:
        cursor.execute(_compose(statement, table), {"prefix": crypto.current_prefix()})
        return int(cursor.fetchone()[0])


def _batches(table: Table) -> Iterator[int]:
    """Seal again the rows that nobody holds, by their key; how many at a time."""
    last = 0
    while True:
        with transaction.atomic():
            rows = _taken(table, last)
            if rows:
                _write(table, rows)
        if not rows:
            return
        last = rows[-1][0]
        yield len(rows)


def _taken(table: Table, last: int) -> list[tuple[Any, ...]]:
    statement = sql.SQL(
        "SELECT {key}, {columns} FROM {table} WHERE {stale} AND {key} > %(last)s "
        "ORDER BY {key} LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED"
    )
    asked: dict[str, Any] = {"prefix": crypto.current_prefix(), "batch": BATCH, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_compose(statement, table), asked)
        return list(cursor.fetchall())


def _write(table: Table, rows: list[tuple[Any, ...]]) -> None:
    fresh = [(key, *_again(key, values, table)) for key, *values in rows]
    columns: list[Any] = [list(column) for column in zip(*fresh, strict=True)]
    statement = sql.SQL(
        "UPDATE {table} t SET {assigned} FROM unnest(%s, {arrays}) AS v ({key}, {columns}) "
        "WHERE t.{key} = v.{key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(_compose(statement, table), columns)


def _again(key: Any, values: list[Any], table: Table) -> Iterator[bytes | None]:
    """One row's values, sealed again. Raises SealError, which names the row."""
    for column, value in zip(table.columns, values, strict=True):
        if not value:
            yield value
            continue
        try:
            yield crypto.seal(crypto.unseal(value, about=column), about=column)
        except crypto.SealError as error:
            raise crypto.SealError(f"{table.name} {key}: {column} does not open") from error


def _compose(statement: sql.SQL, table: Table) -> str:
    """Names are our models' own, never anybody's input."""
    names = [sql.Identifier(name) for name in table.columns]
    stale = [sql.SQL(STALE).format(column=name) for name in names]
    assigned = [sql.SQL("{c} = v.{c}").format(c=name) for name in names]
    parts = {
        "table": sql.Identifier(table.name),
        "key": sql.Identifier(table.key),
        "columns": sql.SQL(", ").join(names),
        "stale": sql.SQL("(") + sql.SQL(" OR ").join(stale) + sql.SQL(")"),
        "assigned": sql.SQL(", ").join(assigned),
        "arrays": sql.SQL(", ").join(sql.SQL("%s::bytea[]") for _name in names),
    }
    return statement.format(**parts).as_string(None)
