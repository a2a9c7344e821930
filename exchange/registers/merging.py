"""From the temporary table into ours, in a few statements a file.

Names of tables and columns come from this code alone, never from a file. Aliases: `s` is the
staged row, `t` ours.
"""
# ruff: noqa: S608

from collections.abc import Iterable, Sequence

from django.db import connection

from exchange.registers.staging import Load

# file columns of which the sealed value differs each time: their index is compared instead
Parameters = Sequence[str | int | list[str]]
SEALED = ("id_number", "phone", "bank_account")


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run a statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return int(cursor.rowcount)


def fetch(statement: str, parameters: Parameters = ()) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())


def drop(load: Load, column: str, code: str, where: str, parameters: Parameters = ()) -> None:
    """Reject the staged rows for which a condition on `s` holds."""
    statement = f"DELETE FROM register_stage s WHERE {where} RETURNING row_no"
    rows = sorted(row for (row,) in fetch(statement, parameters))
    load.reject(rows, column, code)


def drop_duplicates(load: Load, keys: Sequence[str], column: str) -> None:
    """Of rows with the same key the first is kept."""
    drop(
        load, column, "duplicate-key",
        f"""row_no IN (SELECT row_no FROM (SELECT row_no, row_number() OVER (
              PARTITION BY {", ".join(keys)} ORDER BY row_no) n FROM register_stage) d
            WHERE n > 1)""",
    )  # fmt: skip


def drop_unchanged(load: Load, table: str, keys: Sequence[str], columns: Iterable[str]) -> None:
    """Leave out the rows that say what we know already."""
    compared = [c for c in columns if c not in SEALED]
    load.unchanged += execute(
        f"""DELETE FROM register_stage s USING {table} t WHERE {_same(keys)}
            AND ({_of("t", compared)}) IS NOT DISTINCT FROM ({_of("s", compared)})"""
    )


def upsert(
    load: Load,
    table: str,
    keys: Sequence[str],
    *,
    columns: Sequence[str],
    changing: Sequence[str],
    constants: dict[str, str] | None = None,
) -> None:
    """Insert what is new, change what differs; fills `register_touched` (id, is_new).

    columns: all that a new row gets; changing: those of them that the file has; constants:
    literals for columns that no file has.
    """
    constants = constants or {}
    targets = [*columns, *constants]
    sources = [*(f"s.{c}" for c in columns), *constants.values()]
    changes = [_change(column, columns) for column in changing if column not in keys]
    execute("DROP TABLE IF EXISTS register_touched")
    execute("CREATE TEMPORARY TABLE register_touched (id text, is_new boolean) ON COMMIT DROP")
    pk = keys[0] if table == "permissions_division" else "id"
    execute(
        f"""WITH done AS (
              INSERT INTO {table} AS t ({", ".join(targets)})
              SELECT {", ".join(sources)} FROM register_stage s ORDER BY s.row_no
              ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {", ".join(changes)}
              RETURNING t.{pk}, (xmax = 0) AS is_new)
            INSERT INTO register_touched SELECT * FROM done"""
    )
    for is_new, count in fetch("SELECT is_new, count(*) FROM register_touched GROUP BY 1"):
        if is_new:
            load.created += count
        else:
            load.updated += count


def _change(column: str, columns: Sequence[str]) -> str:
    if column in SEALED and f"{column}_index" in columns:
        index = f"{column}_index"
        return (
            f"{column} = CASE WHEN t.{index} IS DISTINCT FROM excluded.{index} "
            f"THEN excluded.{column} ELSE t.{column} END"
        )
    return f"{column} = excluded.{column}"


def _same(keys: Sequence[str]) -> str:
    return " AND ".join(f"t.{key} = s.{key}" for key in keys)


def _of(alias: str, columns: Iterable[str]) -> str:
    # a row of one column must still be a row
    return ", ".join([f"{alias}.{column}" for column in columns] + ["1"])


def add_columns(*columns: str) -> None:
    """More columns of the temporary table, for what is looked up."""
    execute("ALTER TABLE register_stage " + ", ".join(f"ADD COLUMN {c}" for c in columns))
