"""变更历史: triggers keep what a row was before it changed, whatever changed it.

Tables are named in migrations (`keep`); `say_who` tells the triggers on whose behalf the current
transaction writes. Protected columns (sealed numbers, blind indexes, secrets) are told as changed,
never with their content. Decision 0012 says why these are our own triggers.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connection
from django.db.migrations import RunSQL
from psycopg import sql

from common import current

CONTEXT = "SELECT set_config('lianban.context', %s, true)"
CREATE = """
CREATE TRIGGER keep_history AFTER {operations} ON {table}
FOR EACH ROW EXECUTE FUNCTION common_keep_change({key}, {protected});
CREATE TRIGGER keep_history_of_updates AFTER UPDATE ON {table}
FOR EACH ROW WHEN ({old} IS DISTINCT FROM {new})
EXECUTE FUNCTION common_keep_change({key}, {protected})
"""
DROP = """
DROP TRIGGER keep_history ON {table};
DROP TRIGGER keep_history_of_updates ON {table}
"""


def keep(
    table: str,
    *,
    key: str = "id",
    ignored: Sequence[str] = (),
    protected: Sequence[str] = (),
    inserts: bool = False,
) -> RunSQL:
    """A migration's operation: from now on a table's changes are kept.

    ignored: columns whose change alone is not worth a row. inserts: new rows are told, too, where
    no event tells of them.
    """
    names = {
        "table": sql.Identifier(table),
        "key": sql.Literal(key),
        "protected": sql.Literal(",".join(protected)),
        "operations": sql.SQL("INSERT OR DELETE" if inserts else "DELETE"),
        "old": _row("old", ignored),
        "new": _row("new", ignored),
    }
    create, drop = (sql.SQL(text).format(**names).as_string(None) for text in (CREATE, DROP))
    return RunSQL(create, drop)


def _row(name: str, ignored: Sequence[str]) -> sql.Composable:
    if not ignored:
        return sql.SQL(name + ".*")
    return sql.SQL("to_jsonb(" + name + ") - {}::text[]").format(sql.Literal(list(ignored)))


def say_who(*, actor: Any = None, by: str = "") -> None:
    """Tell whose doing the rest of this transaction is, by one statement.

    by: what is done, such as `cases.complete_work_item`.
    """
    asked = current.get()
    told = {
        "actor": getattr(actor, "pk", None),
        "by": by,
        "request": asked.id if asked else "",
    }
    with connection.cursor() as cursor:
        cursor.execute(CONTEXT, [orjson.dumps(told).decode()])
