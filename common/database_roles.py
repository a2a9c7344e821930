"""Rights of the three database roles: one owner, who alone changes tables, and two others."""

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
DATABASE_RIGHTS = """
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {application};
GRANT CONNECT ON DATABASE {database} TO {reader};
"""
ROW_RIGHTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {application}, {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {application};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {application};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader};
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application};
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {application};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {reader};
"""


def grant(connection: Connection, *, application: str, reader: str) -> None:
    """Give both roles their rights; the connection is the owner's, whose tables these are.

    Nothing is done for a role that is the owner itself (an operator who has only one).
    """
    owner = connection.info.user
    others = [role for role in (application, reader) if role != owner]
    if not others:
        return
    names = {
        "database": sql.Identifier(connection.info.dbname),
        "application": sql.Identifier(application if application != owner else others[0]),
        "reader": sql.Identifier(reader if reader != owner else others[0]),
    }
    with connection.transaction():  # the logs' rows are at nobody's mercy in between
        for statement in (DATABASE_RIGHTS + ROW_RIGHTS).split(";"):
            if statement.strip():
                connection.execute(sql.SQL(statement).format(**names))
        if application != owner:
            _protect_logs(connection, names["application"])


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
