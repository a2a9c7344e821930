"""Rights of the three database roles: one owner, who alone changes tables, and two others."""

from collections.abc import Sequence

from psycopg import Connection, sql

# Logs, whose rows the application may add and read, not change or remove: table to the columns that
# it fills in afterwards (an event's place in the stream).
LOGS: dict[str, tuple[str, ...]] = {
    "common_event": ("position", "numbered_at"),
    "common_change": (),
    "common_seal": (),
    "permissions_accessrecord": (),
    "permissions_accountact": (),
}
WRITTEN_BY_TRIGGERS = ("common_change",)
APPLICATION_RIGHTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
"""
# no table by itself: see `grant_reading`
READER_RIGHTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {role};
"""
# what is sealed, blind indexes and the engine's bytes are no figures
COLUMNS = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
  AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid <> 'bytea'::regtype
  AND (c.relname || '.' || a.attname LIKE ANY (%(readable)s))
GROUP BY c.relname
"""


def grant(connection: Connection, *, application: str, reader: str) -> None:
    """Give both roles their rights; the connection is the owner's, whose tables these are.

    Nothing is done for a role that is the owner itself, or for a reader that is the application
    (an operator who has fewer).
    """
    owner = connection.info.user
    if application != owner:
        with connection.transaction():  # the logs' rows are at nobody's mercy in between
            _execute(connection, APPLICATION_RIGHTS, application)
            _protect_logs(connection, sql.Identifier(application))
    if reader not in {owner, application}:
        _execute(connection, READER_RIGHTS, reader)


def _protect_logs(connection: Connection, application: sql.Identifier) -> None:
    for table, columns in LOGS.items():
        if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            continue  # not migrated yet; rights are given again afterwards
        names = {"table": sql.Identifier(table), "application": application}
        rights = ["UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
        rights += ["INSERT"] if table in WRITTEN_BY_TRIGGERS else []
        revoke = sql.SQL("REVOKE {rights} ON {table} FROM {application}")
        taken = sql.SQL(", ").join(map(sql.SQL, rights))
        connection.execute(revoke.format(rights=taken, **names))
        if columns:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            allow = sql.SQL("GRANT UPDATE ({columns}) ON {table} TO {application}")
            connection.execute(allow.format(columns=listed, **names))


def _execute(connection: Connection, statements: str, role: str) -> None:
    database = sql.Identifier(connection.info.dbname)
    for statement in statements.split(";"):
        if statement.strip():
            text = sql.SQL(statement).format(database=database, role=sql.Identifier(role))
            connection.execute(text)


def grant_reading(connection: Connection, *, reader: str, readable: Sequence[str]) -> None:
    """Let the reader see what figures are made of, and nothing that is added later by itself.

    readable: `table.column` patterns of LIKE. Columns of bytes are never among them.
    """
    rows = connection.execute(COLUMNS, {"readable": list(readable)}).fetchall()
    for table, columns in rows:
        statement = sql.SQL("GRANT SELECT ({columns}) ON {table} TO {reader}").format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            table=sql.Identifier(table),
            reader=sql.Identifier(reader),
        )
        connection.execute(statement)
