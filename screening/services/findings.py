"""Findings: kept in step with what a screening says, and resolved by people."""

import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from cases import opening, rulebook
from cases.guard import guarded
from cases.opening import Application
from common import clock, direct, outbox
from common.batches import batched
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.usecase import use_case
from households import kin
from permissions.models import User
from screening.county import Hit
from screening.models import Finding
from screening.services import follow_up

LOCK = 0x73637265  # any constant: one screening writes at a time
BATCH = 1000
DECISIONS = ("confirmed", "dismissed")
TOLD = (
    *("kind", "household_id", "division_code", "other_matter", "amount_month", "since"),
    *("reason", "article", "table", "version", "row", "facts", "missing", "digest"),
)
SAID = ("status", "resolved_at", "resolved_by_id", "resolution")
# these change with the calendar alone: no reason to ask again about what was dismissed
AGING = frozenset({"age", "unemployed_months"})
Key = tuple[int, str, str]


@use_case
def keep(
    *,
    hits: Callable[[], Iterable[Hit]],
    division: str = "",
    person_ids: list[int] | None = None,
) -> dict[str, int]:
    """Bring the stored findings to what a screening of today finds; how many opened and closed.

    hits: begins the screening, a second time should the database ask for it; its hits are written
    as they come. division: significant digits of the part that is screened; person_ids: whom it is
    about, without it everybody there. The same screening twice changes nothing. Publishes
    finding.opened and finding.closed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    seen: set[int] = set()
    opened = changed = 0
    for batch in batched(hits(), BATCH):
        fresh, other, held = _merge(batch)
        opened, changed = opened + fresh, changed + other
        seen |= held
    part = Finding.objects.holding().filter(division_code__startswith=division)
    if person_ids is not None:
        part = part.filter(person_id__in=person_ids)
    gone = [pk for pk in part.values_list("pk", flat=True).iterator() if pk not in seen]
    for ids in batched(gone, BATCH):
        _close(ids)
    return {"opened": opened, "changed": changed, "closed": len(gone)}


def _merge(hits: Iterable[Hit]) -> tuple[int, int, set[int]]:
    """Some hits against what is stored of their people: how many are new, how many changed, and
    the ids of all."""
    rows = {_key(row): row for row in _rows(hits)}
    people = {row.person_id for row in rows.values()}
    # wherever they were found: somebody may have moved since
    holding = Finding.objects.holding().filter(person_id__in=people)
    known = {_key(row): row for row in holding.select_for_update(of=("self",))}
    fresh = [row for key, row in rows.items() if key not in known]
    pairs = [(known[key], row) for key, row in rows.items() if key in known]
    changed = [(old, new) for old, new in pairs if _differs(old, new)]
    reopened = [old for old, new in changed if _renew(old, new)]
    direct.copy_in(fresh)
    Finding.objects.bulk_update([old for old, _new in changed], [*TOLD, *SAID])
    outbox.publish_many([("finding.opened", _data(row)) for row in [*fresh, *reopened]])
    return len(fresh), len(changed), {row.pk for row in fresh} | {old.pk for old, _new in pairs}


def _close(ids: Iterable[int]) -> None:
    """Whose cause has gone; what was dismissed closed for people long ago."""
    rows = list(Finding.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk"))
    Finding.objects.filter(pk__in=ids).update(status="closed", closed_at=clock.now())
    told = [("finding.closed", _data(row)) for row in rows if row.status != "dismissed"]
    outbox.publish_many(told)


def resolve(*, actor: User, finding_id: int, decision: str, reason: str) -> Finding:
    """Say of a finding whether it is so. Nothing is stopped by it: somebody gets to do something.

    Confirmed: of missed aid a case is opened, or a lead for the township where consent is needed
    first, the actor may not open cases, or the person has an open case already; of aid twice or
    too far its department has to decide on a stop; what could not be told becomes a lead. Raises
    MissingError, DeniedError, InputError, ConflictError changed-meanwhile for a finding whose
    cause has gone. Publishes finding.closed for one that is dismissed, and what follows.
    """
    run = partial(_resolve, actor=actor, finding_id=finding_id, decision=decision, reason=reason)
    asked = follow_up.application(actor, finding_id) if decision == "confirmed" else None
    if asked is None:
        return run()
    with opening.naming_conflicts(asked):
        return run(opened=(asked, opening.next_number()))


@guarded
@use_case
def _resolve(
    *,
    actor: User,
    finding_id: int,
    decision: str,
    reason: str,
    opened: tuple[Application, str] | None = None,
) -> Finding:
    rows = Finding.objects.visible_to(actor).select_related("person", "household")
    rows = rows.select_for_update(of=("self",))
    found = rows.filter(pk=finding_id).first()
    if found is None:
        raise MissingError
    _insist_may_resolve(actor, found)
    if decision not in DECISIONS:
        raise InputError("invalid-data", _("请从选项中选择"), field="decision")
    reason = reason.strip()
    if not reason or len(reason) > 1000:
        raise InputError("invalid-data", _("请填写理由（不超过 1000 字）"), field="reason")
    if found.status == "closed":
        raise ConflictError("changed-meanwhile")
    was = found.status
    found.status, found.resolution = decision, reason
    found.resolved_at, found.resolved_by = clock.now(), actor
    if decision == "confirmed" and was != "confirmed":
        follow_up.begin(found, actor=actor, opened=opened)
    found.save()
    if decision == "dismissed" and was != "dismissed":
        outbox.publish("finding.closed", actor=actor, **_data(found))
    return found


def _insist_may_resolve(actor: User, finding: Finding) -> None:
    if not may_resolve(actor, finding):
        raise DeniedError
    if kin.is_kin(actor, household_id=finding.household_id, person_ids=[finding.person_id]):
        raise DeniedError("related-person")


def may_resolve(actor: User, finding: Finding) -> bool:
    """Whether somebody may say of a finding whether it is so."""
    return actor.access.reach("finding.resolve").covers(finding.division_code)


def _rows(hits: Iterable[Hit]) -> list[Finding]:
    """Hits as rows, one for each rule and person."""
    chosen = {(hit.person_id, hit.rule, hit.matter): hit for hit in hits}
    now = clock.now()
    return [
        Finding(
            **hit.columns(),
            kind=hit.kind,
            amount_month=hit.amount_month,
            since=hit.since,
            missing=hit.missing,
            digest=_digest(hit),
            opened_at=now,
        )
        for hit in chosen.values()
    ]


def _digest(hit: Hit) -> str:
    """What a dismissal holds for: the row and the facts it read."""
    facts = {n: rulebook.plain(value) for n, value in hit.facts.items() if n not in AGING}
    told = orjson.dumps([hit.kind, hit.row, facts], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()


def _differs(known: Finding, found: Finding) -> bool:
    return any(getattr(known, name) != getattr(found, name) for name in TOLD)


def _renew(known: Finding, found: Finding) -> bool:
    """Bring a row up to date; True where what was said of it no longer counts."""
    is_other = known.digest != found.digest
    was_dismissed = known.status == "dismissed"
    for name in (*TOLD, *SAID) if is_other else TOLD:
        setattr(known, name, getattr(found, name))
    return is_other and was_dismissed


def _key(row: Finding) -> Key:
    return (row.person_id, row.rule, row.matter)


def _data(row: Finding) -> dict[str, Any]:
    return {"finding": row.pk, "rule": row.rule, "kind": row.kind, "matter": row.matter}
