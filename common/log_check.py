"""Whether the logs still say what they said when they were sealed. Streams; reads only."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection
from psycopg import sql

from common import heads, seals
from common.heads import Head
from common.models import Seal

SHOWN = 100  # faults told of one log; the rest are counted
STREAM = 2000
# every seal of one set of columns beside what its rows say now; only those that differ
DIFFERENT = sql.SQL("""
SELECT s.number, s.first_id, s.last_id, s.rows, found.rows
FROM common_seal s CROSS JOIN LATERAL (
    SELECT count(*) AS rows, {digest} AS digest FROM (
        SELECT place, id, {hash} AS hash FROM {log} t
        WHERE (place, id) > (s.after_place, s.after_id)
          AND (place, id) <= (s.through_place, s.through_id)
    ) batch
) found
WHERE s.log = %(log)s AND s.number > %(pruned)s AND s.pruned_through IS NULL
  AND s.columns::text[] = %(columns)s::text[]
  AND (found.rows <> s.rows OR found.digest <> s.digest)
ORDER BY s.number
""")
SHAPES = """
SELECT DISTINCT columns FROM common_seal
WHERE log = %s AND number > %s AND pruned_through IS NULL
"""
OUTSIDE = sql.SQL("""
SELECT count(*) FILTER (WHERE (place, id) <= (%(first_place)s::bigint, %(first_id)s::bigint)),
       min(id) FILTER (WHERE (place, id) <= (%(first_place)s::bigint, %(first_id)s::bigint)),
       max(id) FILTER (WHERE (place, id) <= (%(first_place)s::bigint, %(first_id)s::bigint)),
       count(*) FILTER (WHERE (place, id) > (%(place)s::bigint, %(id)s::bigint)),
       count(*) FILTER (WHERE place >= now.next), min(id) FILTER (WHERE place >= now.next),
       max(id) FILTER (WHERE place >= now.next), count(*)
FROM {log}, (
    SELECT common_log_horizon() - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           + pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
) now
""")


@dataclass(frozen=True)
class Fault:
    """Something that must not be, and where: ids of rows, as far as they are known."""

    kind: str
    seal: int | None
    first_id: int | None
    last_id: int | None
    text: str


@dataclass
class Report:
    """One log: how much was looked at, how much waits for its seal, what is wrong."""

    log: str
    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def say(self, kind: str, text: str, seal: Seal | None = None, *ids: int | None) -> None:
        """Note a fault; beyond a number they are only counted."""
        self.count += 1
        if len(self.faults) < SHOWN:
            first, last = ids or ((seal.first_id, seal.last_id) if seal else (None, None))
            self.faults.append(Fault(kind, seal.number if seal else None, first, last, text))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def known_heads() -> dict[str, int]:
    """How far the files of heads go. Asked before the snapshot that is checked is taken.

    Heads are written after their seals: what a file holds by then is in the snapshot.
    """
    return {log: heads.size(log) for log in seals.SEALED}


def check_logs(known: dict[str, int]) -> list[Report]:
    """Every log, in the current transaction: REPEATABLE READ, or rows may come in between."""
    return [_check(log, known[log]) for log in seals.SEALED]


def _check(log: str, known: int) -> Report:
    report = Report(log)
    with connection.cursor() as cursor:
        cursor.execute(seals.PLAIN)
        # each seal is a range of the index; a planner without statistics might read all for each
        cursor.execute("SET LOCAL enable_seqscan = off")
    note = Seal.objects.filter(log=log, pruned_through__isnull=False).order_by("-number").first()
    first, last = _check_chain(report, note, known)
    _check_rows(report, note.pruned_through or 0 if note else 0)
    _check_outside(report, first, last)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")
    return report


def _check_chain(report: Report, note: Seal | None, until: int) -> tuple[Head, Head]:
    """Every seal follows the one before it, and is in the file of heads.

    Returns where the sealed rows begin and where they end.
    """
    known = _Known(report, until)
    first = last = Head()
    for seal in Seal.objects.filter(log=report.log).order_by("number").iterator(STREAM):
        known.compare(seal)
        if not last.number and note and seal.number == note.pruned_through:
            # what came before is gone by policy; the note vouches for this one
            if bytes(seal.mac) != bytes(note.digest):
                report.say("broken-chain", "the note of a pruning names another seal", seal)
            first = last = Head.of(seal)
            continue
        if seal.number != last.number + 1:
            gap = f"seals {last.number + 1} to {seal.number - 1} are missing"
            report.say("missing-seal", gap, None, last.id, seal.first_id)
        elif (seal.after_place, seal.after_id) != (last.place, last.id):
            report.say("broken-chain", "the range does not follow the one before", seal)
        if bytes(seal.mac) != seals.mac_of(seal, last.mac):
            report.say("broken-chain", "the seal is not genuine", seal)
        report.seals += 1
        last = Head.of(seal)
    known.end(last)
    return first, last


class _Known:
    """The heads in the file, beside the seals as they come."""

    def __init__(self, report: Report, until: int) -> None:
        self.report, self.heads = report, heads.every(report.log, until=until)
        self.head: Head | None = next(self.heads, None)

    def compare(self, seal: Seal) -> None:
        while self.head and self.head.number < seal.number:
            self.head = next(self.heads, None)
        while self.head and self.head.number == seal.number:
            if self.head.mac != bytes(seal.mac):
                self.report.say("other-seal", "the file of heads has another seal here", seal)
            self.head = next(self.heads, None)

    def end(self, last: Head) -> None:
        cut = [head for head in self._rest() if head.number > last.number]
        if cut:
            text = f"seals {cut[0].number} to {cut[-1].number} are missing at the end"
            self.report.say("missing-seal", text, None, last.id or None, None)

    def _rest(self) -> Iterator[Head]:
        if self.head:
            yield self.head
        yield from self.heads


def _check_rows(report: Report, pruned: int) -> None:
    """The rows of every seal are those that were sealed."""
    with connection.cursor() as cursor:
        cursor.execute(SHAPES, [report.log, pruned])
        shapes = [names for (names,) in cursor.fetchall()]
    for names in shapes:
        gone = set(names) - set(seals.columns(report.log))
        if gone:
            report.say("missing-column", f"columns are gone: {', '.join(sorted(gone))}")
            continue
        for number, first, last, sealed, found in _different(report.log, names, pruned):
            seal = Seal(number=number, first_id=first, last_id=last)
            report.say("altered", f"{sealed} rows were sealed, {found} are there", seal)


def _different(log: str, names: list[str], pruned: int) -> list[tuple[Any, ...]]:
    statement = DIFFERENT.format(
        log=sql.Identifier(log), hash=seals.row_hash(names), digest=sql.SQL(seals.DIGEST)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(None), {"log": log, "pruned": pruned, "columns": names})
        return list(cursor.fetchall())


def _check_outside(report: Report, first: Head, last: Head) -> None:
    """No row lies before the first seal or in the future; those after the last one wait for it."""
    asked = {
        "first_place": first.place,
        "first_id": first.id,
        "place": last.place,
        "id": last.id,
    }
    with connection.cursor() as cursor:
        cursor.execute(OUTSIDE.format(log=sql.Identifier(report.log)).as_string(None), asked)
        before, b1, b2, report.unsealed, ahead, a1, a2, total = cursor.fetchone()
    report.rows = total - report.unsealed
    if before:
        report.say("inserted", f"{before} rows where all were pruned", None, b1, b2)
    if ahead:
        report.say("inserted", f"{ahead} rows of transactions that are yet to come", None, a1, a2)
