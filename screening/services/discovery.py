"""Leads that rules open and close by themselves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from cases import catalogue
from common import calendar, clock, outbox
from common.batches import batched
from common.calendar import Limit
from common.usecase import use_case
from permissions.models import OrgUnit
from screening import aid
from screening.county import Hit
from screening.models import Lead, LeadSource

LOCK = 0x6C656164  # any constant: one discovery writes at a time
BATCH = 1000
SYSTEM = LeadSource.Channel.SYSTEM
Key = tuple[int | None, str]


@use_case
def discover(*, hits: Sequence[Hit], person_ids: list[int] | None = None) -> dict[str, int]:
    """Open a lead for each hit that is news; close those whose cause went before anybody came.

    News is what was no lead about the same person and rule in the last `lead_merge_days` days,
    and what no open case deals with already. person_ids: whom the hits are about; without it,
    everybody. Publishes lead.opened and lead.closed. Returns how many of each.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    towns = dict(OrgUnit.objects.filter(kind="township").values_list("division_code", "pk"))
    opened, found = 0, set[Key]()
    for batch in batched(hits, BATCH):
        found |= {(hit.person_id, hit.rule) for hit in batch}
        opened += _open(batch, towns)
    gone = _close_gone(found, person_ids)
    outbox.publish_many([("lead.closed", data_of(lead) | {"result": "moot"}) for lead in gone])
    return {"opened": opened, "closed": len(gone)}


def _open(hits: list[Hit], towns: dict[str, int]) -> int:
    """Leads for those of some hits that are news; how many. towns: townships by division."""
    people = [hit.person_id for hit in hits]
    known, busy = _known(people), aid.applied_for(people)
    fresh = []
    for key, hit in {(hit.person_id, hit.rule): hit for hit in hits}.items():
        township_id = towns.get(hit.division[:9] + "000")
        under_way = busy.get(hit.person_id, set()) & {hit.matter, hit.other_matter}
        if key not in known and township_id is not None and not under_way:
            fresh.append(_lead(hit, township_id))
    Lead.objects.bulk_create(fresh)
    LeadSource.objects.bulk_create(first_source(lead, SYSTEM) for lead in fresh)
    outbox.publish_many([("lead.opened", data_of(lead)) for lead in fresh])
    return len(fresh)


def limits(urgency: str) -> dict[str, Any]:
    """opened_at, take_by and visit_by of a lead that is opened now."""
    now, today = clock.now(), clock.today()
    key = "lead_urgent_visit_limit" if urgency == "urgent" else "lead_visit_limit"
    take = Limit.parse(str(catalogue.parameter("lead_take_limit", today, "2wd")))
    visit = Limit.parse(str(catalogue.parameter(key, today, "5wd")))
    take_by, visit_by = calendar.due(take, now)[0], calendar.due(visit, now)[0]
    return {"opened_at": now, "take_by": min(take_by, visit_by), "visit_by": visit_by}


def merge_days() -> int:
    """How long what is said of a person again is no news."""
    return int(catalogue.parameter("lead_merge_days", clock.today(), 90))


def first_source(lead: Lead, channel: str) -> LeadSource:
    """Where a lead that a rule opened comes from."""
    return LeadSource(lead=lead, channel=channel, text=lead.reason, at=lead.opened_at)


def data_of(lead: Lead) -> dict[str, Any]:
    """What an event tells of a lead."""
    return {"lead": lead.pk, "rule": lead.rule, "matter": lead.matter, "urgency": lead.urgency}


def _lead(hit: Hit, township_id: int) -> Lead:
    urgency = hit.urgency or "normal"
    return Lead(**hit.columns(), township_id=township_id, urgency=urgency, **limits(urgency))


def _known(person_ids: list[int]) -> set[Key]:
    since = clock.now() - timedelta(days=merge_days())
    rows = Lead.objects.filter(Q(closed_at=None) | Q(closed_at__gt=since))
    return set(rows.filter(person_id__in=person_ids).values_list("person_id", "rule"))


def _close_gone(found: set[Key], person_ids: list[int] | None) -> list[Lead]:
    """Whose cause is no longer there and to whom nobody went yet."""
    rows = Lead.objects.filter(status="open", sources__channel=SYSTEM).exclude(table="")
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    untouched = rows.exclude(pk__in=LeadSource.objects.exclude(channel=SYSTEM).values("lead"))
    gone = [lead for lead in untouched if (lead.person_id, lead.rule) not in found]
    for some in batched(gone, BATCH):
        Lead.objects.filter(pk__in=[lead.pk for lead in some], status="open").update(
            status="closed", result="moot", closed_at=clock.now()
        )
    return gone
