"""Logs cut back by policy, in whole sealed batches; the chain of seals says so itself.

Events are not among them: they are the files of the cases, kept as long as these.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from common import clock, heads, seals
from common.models import Seal

PRUNED = ("common_change", "permissions_accessrecord")
LEAST_DAYS = 184  # six months: 网络安全法
OLD = """
SELECT number, through_place, through_id, mac FROM common_seal
WHERE log = %s AND at < %s AND pruned_through IS NULL
  AND number < (SELECT max(number) FROM common_seal WHERE log = %s AND pruned_through IS NULL)
ORDER BY number DESC LIMIT 1
"""
COUNT = sql.SQL("SELECT count(*) FROM {log} WHERE (place, id) <= (%s::bigint, %s::bigint)")
DELETE = sql.SQL("DELETE FROM {log} WHERE (place, id) <= (%s::bigint, %s::bigint)")


@dataclass(frozen=True)
class Cut:
    """What was taken off one log: rows, and the seal through which."""

    log: str
    rows: int
    through_seal: int | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def prune_logs(*, dry_run: bool = False) -> list[Cut]:
    """Remove what is older than LIANBAN_LOG_DAYS, as the tables' owner.

    Raises ProgrammingError for any other database role.
    """
    days = max(settings.LIANBAN_LOG_DAYS, LEAST_DAYS)
    return [_prune(log, days, dry_run) for log in PRUNED]


def _prune(log: str, days: int, dry_run: bool) -> Cut:
    with transaction.atomic(), connection.cursor() as cursor:
        seals.lock(cursor)
        cursor.execute(OLD, [log, clock.machine_now() - timedelta(days=days), log])
        found = cursor.fetchone()
        if found is None:
            return Cut(log, 0, None)
        number, place, row_id, mac = found
        name = sql.Identifier(log)
        if dry_run:
            cursor.execute(COUNT.format(log=name).as_string(None), [place, row_id])
            return Cut(log, int(cursor.fetchone()[0]), number)
        cursor.execute("SET LOCAL lianban.pruning = 'on'")
        cursor.execute(DELETE.format(log=name).as_string(None), [place, row_id])
        rows = int(cursor.rowcount)
        _note(log, number, rows, bytes(mac))
        cursor.execute("DELETE FROM common_seal WHERE log = %s AND number < %s", [log, number])
    heads.write(log)
    return Cut(log, rows, number)


def _note(log: str, number: int, rows: int, mac: bytes) -> None:
    """A seal of no rows: how many were removed, through which seal, and that one's MAC."""
    last = seals.chain_end(log)
    note = Seal(
        after_place=last.place,
        after_id=last.id,
        through_place=last.place,
        through_id=last.id,
        rows=rows,
        pruned_through=number,
        digest=mac,
    )
    seals.add_to_chain(log, note, last)
