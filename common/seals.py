"""Logs sealed in batches, so that nobody changes the past unseen, not even who runs the database.

A seal covers the rows of a log after the last seal whose transactions have certainly ended, in the
order of (place, id): their number and a digest, chained to the seal before it by HMAC-SHA256. The
key lies in LIANBAN_HOME/keys/seal, and the head of each chain is written to LIANBAN_HOME/seals,
one file a log, only ever added to: what is cut off the end of log and seals is missed there.
"""

import hashlib
import hmac
import secrets
from datetime import UTC
from typing import Any

import orjson
from django.db import connection, transaction
from psycopg import sql

from common import clock, crypto, heads, outbox, places
from common.database_roles import LOGS
from common.heads import Head
from common.models import Seal

SEALED = tuple(log for log in LOGS if log != Seal._meta.db_table)
# rows a seal: what is read at once, and how exactly a fault is located
BATCH = 50_000
LAST_ID = 2**63 - 1
_LOCK = 0x7365616C  # any constant: one sealer at a time
# the text of a row must not depend on who asks
PLAIN = """
SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
       set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true),
       set_config('extra_float_digits', '1', true)
"""
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::text::regclass AND attnum > 0
AND NOT attisdropped ORDER BY attnum
"""
# of rows that a statement names `batch`, with columns place, id and hash
DIGEST = "sha256(coalesce(string_agg(hash, ''::bytea ORDER BY place, id), ''::bytea))"
NEXT = sql.SQL("""
WITH batch AS (
    SELECT place, id, {hash} AS hash FROM {log} t
    WHERE (place, id) > (%(place)s::bigint, %(id)s::bigint) AND place < %(horizon)s::bigint
    ORDER BY place, id LIMIT %(most)s::bigint
)
SELECT count(*), min(id), max(id), {digest},
       (SELECT array[place, id] FROM batch ORDER BY place DESC, id DESC LIMIT 1)
FROM batch
""")


class RestoredError(Exception):
    """The server counts transactions from a lower number than the seals: run `migrate` as owner."""


def seal_logs() -> int:
    """Seal what has been added to every log; returns how many rows. Safe at any time."""
    horizon = read_horizon()
    outbox.number_events()  # below the horizon every event has its position now
    return sum(_seal(log, horizon) for log in SEALED)


def lock(cursor: Any) -> None:
    """Nobody else adds to a chain before this transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def read_horizon() -> int:
    """Below it every transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT common_log_horizon()")
        return int(cursor.fetchone()[0])


def _seal(log: str, horizon: int) -> int:
    total, full = 0, True
    while full:
        with transaction.atomic():
            made = _seal_batch(log, horizon)
        heads.write(log)
        total += made
        full = made == BATCH
    return total


def _seal_batch(log: str, horizon: int) -> int:
    with connection.cursor() as cursor:
        lock(cursor)
        last = chain_end(log)
        if horizon <= last.place:
            if read_horizon() <= last.place:
                raise RestoredError(log)
            return 0  # another sealer was quicker
        cursor.execute(PLAIN)
        names = columns(log)
        cursor.execute(
            NEXT.format(
                log=sql.Identifier(log), hash=row_hash(names), digest=sql.SQL(DIGEST)
            ).as_string(None),
            {"place": last.place, "id": last.id, "horizon": horizon, "most": BATCH},
        )
        rows, first_id, last_id, digest, end = cursor.fetchone()
    if not rows:
        return 0
    through = end if rows == BATCH else (horizon - 1, LAST_ID)
    seal = Seal(
        after_place=last.place,
        after_id=last.id,
        through_place=through[0],
        through_id=through[1],
        first_id=first_id,
        last_id=last_id,
        rows=rows,
        columns=names,
        digest=digest,
    )
    add_to_chain(log, seal, last)
    return int(rows)


def chain_end(log: str) -> Head:
    """The last seal of a log, or the head in the file where seals have been taken away."""
    row = Seal.objects.filter(log=log).order_by("-number").first()
    known, written = Head.of(row) if row else Head(), heads.last(log)
    return written if written.number > known.number else known


def add_to_chain(log: str, seal: Seal, last: Head) -> None:
    """Give a seal its number and its MAC, and write it."""
    seal.log, seal.number, seal.at = log, last.number + 1, clock.machine_now()
    seal.mac = mac_of(seal, last.mac)
    seal.save(force_insert=True)


def mac_of(seal: Seal, before: bytes) -> bytes:
    """What chains a seal to the one before it."""
    told = [
        *(seal.log, seal.number, seal.at.astimezone(UTC).isoformat()),
        *(seal.after_place, seal.after_id, seal.through_place, seal.through_id),
        *(seal.first_id, seal.last_id, seal.rows, seal.columns),
        *(bytes(seal.digest).hex(), seal.pruned_through),
    ]
    return hmac.digest(_key(), before + orjson.dumps(told), hashlib.sha256)


def _key() -> bytes:
    path = crypto.home() / "keys" / "seal"
    return bytes.fromhex(places.secret(path, lambda: secrets.token_hex(32)))


def columns(log: str) -> list[str]:
    """The columns of a log, in the table's order."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [log])
        return [name for (name,) in cursor.fetchall()]


def row_hash(names: list[str]) -> sql.Composed:
    """The digest of a row `t`, as an expression."""
    values = sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in names)
    return sql.SQL("sha256(convert_to(ROW({})::text, 'UTF8'))").format(values)


# --- after a restore into another server ---------------------------------------------------------

FURTHEST = """
SELECT greatest(
    (SELECT max(through_place) FROM common_seal), (SELECT max(place) FROM common_event),
    (SELECT max(place) FROM common_change), (SELECT max(place) FROM permissions_accessrecord)
), here.xmin, common_log_horizon() - here.xmin + here.xmax
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
             pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax) here
"""
REBASE = """
CREATE OR REPLACE FUNCTION common_log_place() RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT pg_current_xact_id()::text::bigint + {0}';
CREATE OR REPLACE FUNCTION common_log_horizon() RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {0}'
"""


def rebase(**_signal: Any) -> None:
    """Count transactions on from where the logs end, in a server that counts from lower.

    Runs as owner after every migration; changes nothing where nothing was restored.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('common_seal'), to_regclass('permissions_accessrecord')")
        if None in cursor.fetchone():
            return
        cursor.execute(FURTHEST)
        furthest, oldest, following = cursor.fetchone()
        if furthest is not None and furthest >= following:
            cursor.execute(REBASE.format(int(furthest - oldest + 1)))
