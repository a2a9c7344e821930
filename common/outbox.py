"""Events are rows: written with what they tell of, numbered afterwards by one relay."""

from typing import Any

from django.db import connection, transaction

from common import clock, direct
from common.models import Event

# more are faster by COPY
_HANDFUL = 100
_RELAY_LOCK = 0x6C69616E  # any constant: one relay at a time
# of a backlog the planner knows nothing, of a batch it does
_RELAY_BATCH = 5000
NUMBER = """
WITH top AS (SELECT position AS p, numbered_at AS at FROM common_event
             WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1),
batch AS (SELECT id, at FROM common_event WHERE position IS NULL ORDER BY id LIMIT %s),
fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS n, max(at) OVER (ORDER BY id) AS at
          FROM batch)
UPDATE common_event e
SET position = coalesce(top.p, 0) + fresh.n, numbered_at = greatest(top.at, fresh.at)
FROM fresh LEFT JOIN top ON true WHERE e.id = fresh.id
"""


def publish(name: str, /, *, stream: str = "", actor: Any = None, **data: Any) -> Event:
    """Write an event in the current transaction.

    stream: what it belongs to, such as `case:12`; its owner must be locked, so that ids order
    it. data: JSON values without personal numbers.
    """
    return publish_many([(name, data)], stream=stream, actor=actor)[0]


def publish_many(
    events: list[tuple[str, dict[str, Any]]], *, stream: str = "", actor: Any = None
) -> list[Event]:
    """Several events of one stream, together."""
    at = clock.now()
    actor_id = actor.pk if actor is not None else None
    told = [Event(name=n, stream=stream, at=at, actor_id=actor_id, data=d) for n, d in events]
    (direct.add if len(told) <= _HANDFUL else direct.copy_in)(told)
    return told


def number_events() -> int:
    """Give committed events their place in commit order; returns how many.

    A row that commits later than this call's snapshot gets a later position, so positions never
    appear behind a reader's cursor. `numbered_at` is the time of writing, never before that of an
    earlier position: what was known on a day does not depend on when somebody asked for it.
    """
    numbered = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RELAY_LOCK])
        while True:
            cursor.execute(NUMBER, [_RELAY_BATCH])
            numbered += int(cursor.rowcount)
            if cursor.rowcount < _RELAY_BATCH:
                return numbered
