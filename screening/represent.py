"""Leads and corrections as the API has them."""

from typing import Any

from django.db.models import QuerySet

from common import clock
from permissions.models import User
from screening.models import Correction, Lead
from screening.querysets import CorrectionQuerySet, LeadQuerySet

Json = dict[str, Any]


def with_lead(rows: LeadQuerySet) -> QuerySet[Lead]:
    """Leads with all that `lead` shows, in two statements."""
    related = ("person", "household", "township", "taken_by")
    return rows.select_related(*related).prefetch_related("sources")


def lead(row: Lead, user: User) -> Json:
    """One lead, as one user sees it."""
    return {
        "id": row.pk,
        "rule": row.rule,
        "status": row.status,
        "urgency": row.urgency,
        "person_no": row.person.person_no if row.person else None,
        "household_no": row.household.household_no if row.household else None,
        "name": row.person.name if row.person else row.name,
        "place": row.place,
        "division": row.division_code,
        "township": row.township.code,
        "matter": row.matter or None,
        "other_matter": row.other_matter or None,
        "reason": row.reason,
        "article": row.article,
        "table": row.table,
        "version": row.version,
        "row": row.row,
        "facts": row.facts if row.shows_register(user) else {},
        "sources": [
            {"channel": source.channel, "text": source.text, "at": _time(source.at)}
            for source in row.sources.all()
        ],
        "opened_at": _time(row.opened_at),
        "take_by": _time(row.take_by),
        "visit_by": _time(row.visit_by),
        "taken_by": row.taken_by.username if row.taken_by else None,
        "visited_at": _time(row.visited_at),
        "visit_note": row.visit_note,
        "closed_at": _time(row.closed_at),
        "result": row.result or None,
        "resolution": row.resolution,
        "case": row.case_id,
    }


def with_correction(rows: CorrectionQuerySet) -> QuerySet[Correction]:
    """Corrections with all that `correction` shows, in one statement."""
    return rows.select_related("finding__person", "org_unit")


def correction(row: Correction) -> Json:
    """One correction."""
    return {
        "id": row.pk,
        "finding": row.finding_id,
        "status": row.status,
        "organisation": row.org_unit.code,
        "person_no": row.finding.person.person_no,
        "matter": row.finding.matter,
        "other_matter": row.finding.other_matter or None,
        "reason": row.finding.reason,
        "due_at": _time(row.due_at),
        "benefit": row.benefit_id,
        "ends_on": str(row.ends_on) if row.ends_on else None,
        "recover": None if row.recover_yuan is None else f"{row.recover_yuan:.2f}",
        "decision_reason": row.reason,
    }


def _time(moment: Any) -> str | None:
    return moment.astimezone(clock.ZONE).isoformat() if moment else None
