"""Logs: tables whose rows are only ever added, by whomever (rights: common/database_roles.py)."""

from django.db import models
from django.db.migrations import RunSQL
from django.db.models import Func
from psycopg import sql

CREATE = """
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change()
"""
DROP = "DROP TRIGGER only_added ON {table}"


def only_added(table: str) -> RunSQL:
    """A migration's operation: the table's rows are never changed or removed from now on."""
    name = sql.Identifier(table)
    create, drop = (sql.SQL(text).format(table=name).as_string(None) for text in (CREATE, DROP))
    return RunSQL(create, drop)


class Place(Func):
    """The place of the current transaction among all: rows are sealed in this order.

    Ids commit out of order; of a transaction below the horizon it is certain that it has ended.
    """

    function = "common_log_place"
    output_field = models.BigIntegerField()


class LogRow(models.Model):
    """A row of a log: never changed, never removed, sealed in the order of (place, id)."""

    place = models.BigIntegerField(db_default=Place(), editable=False)

    class Meta:
        abstract = True
