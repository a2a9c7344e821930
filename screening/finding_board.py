"""How findings and corrections stand: chips with counts, lines, the evidence of one in full."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from cases import models as cases
from common import clock
from common.identity import mask_number
from households import codes
from households.models import Benefit
from permissions.models import User
from screening import aid, words
from screening.lead_board import light
from screening.models import Correction, Finding, Lead
from screening.querysets import CorrectionQuerySet, FindingQuerySet
from screening.services import corrections, findings, follow_up

Json = dict[str, Any]
EVERY = "every"


def chips(rows: FindingQuerySet) -> list[Json]:
    """Every kind with its count and its sum a month, in one query."""
    where = {EVERY: Q(), **{kind: Q(kind=kind) for kind in Finding.Kind.values}}
    told = {f"n_{kind}": Count("pk", filter=q) for kind, q in where.items()}
    sums = {f"yuan_{kind}": Sum("amount_month", filter=q) for kind, q in where.items()}
    found = rows.aggregate(**told, **sums)
    names = {EVERY: _("全部"), **dict(Finding.Kind.choices)}
    return [
        {"code": code, "name": name, "n": found[f"n_{code}"], "yuan": found[f"yuan_{code}"]}
        for code, name in names.items()
    ]


def in_order(rows: FindingQuerySet) -> QuerySet[Finding]:
    """The most money first; without a sum, the oldest first."""
    found = rows.select_related("person")
    return found.order_by(F("amount_month").desc(nulls_last=True), "pk")


def lines(found: list[Finding]) -> list[Json]:
    """Lines of a list, in one query more whatever their number."""
    names, places = words.matters(), words.villages(row.division_code for row in found)
    reasons = words.reasons(found)
    return [
        {
            "finding": row,
            "name": row.person.name,
            "number": mask_number(row.person.open_id_number()),
            "village": places.get(row.division_code, ""),
            "reason": reasons[row.pk],
            "matters": words.named([row.matter, row.other_matter], names),
        }
        for row in found
    ]


def evidence(finding: Finding) -> Json:
    """A finding with what its rule read and the aid of person and household."""
    return {
        **lines([finding])[0],
        "why": words.evidence(finding),
        "benefits": _benefits(finding),
    }


def _benefits(finding: Finding) -> list[Json]:
    """Aid that runs; that which the finding is about is marked."""
    rows = aid.of_findings([finding], clock.today())[finding.pk]
    return [
        _benefit(row)
        | {
            "is_concerned": aid.is_concerned(finding, row),
            "paid": getattr(row, "paid", None),
            "paid_until": getattr(row, "paid_until", None),
        }
        for row in rows
    ]


def _benefit(row: Benefit) -> Json:
    return {
        "pk": row.pk,
        "measure": measure(row),
        "organisation": row.source.name,
        "starts_on": row.starts_on,
        "amount": row.amount_yuan,
        "form": row.form,
        "is_own": row.person_id is not None,
    }


def measure(row: Benefit) -> str:
    """What is granted: by its own name, else its matter's."""
    known = row.matter in codes.Matter.values
    return (
        row.measure
        or words.matters().get(row.matter)
        or (str(codes.Matter(row.matter).label) if known else row.matter)
    )


def context(finding: Finding, user: User) -> Json:
    """All that `screening/findings/finding.html` shows."""
    may_resolve = finding.status == "open" and findings.may_resolve(user, finding)
    seen = cases.Case.objects.visible_to(user).filter(pk=finding.case_id or 0)
    lead = Lead.objects.visible_to(user).filter(pk=finding.lead_id or 0)
    asked = Correction.objects.visible_to(user).filter(finding=finding).order_by("-pk")
    return {
        **evidence(finding),
        "may_resolve": may_resolve,
        "follows": follow_up.expected(finding, user) if may_resolve else "",
        "department": words.lead_of(finding.matter),
        "case": seen.first() if finding.case_id else None,
        "lead": lead.first() if finding.lead_id else None,
        "correction": asked.select_related("org_unit").first(),
    }


def correction_chips(rows: CorrectionQuerySet) -> list[Json]:
    """Every status with its count, in one query."""
    counts = {code: Count("pk", filter=Q(status=code)) for code in Correction.Status.values}
    found = rows.aggregate(**counts)
    return [{"code": c, "name": n, "n": found[c]} for c, n in Correction.Status.choices]


def correction_lines(found: Iterable[Correction]) -> list[Json]:
    """Lines of the corrections, in one query more whatever their number."""
    rows = list(found)
    told = lines([row.finding for row in rows])
    return [
        line | {"correction": row, "lamp": light(row.due_at) if row.status == "open" else None}
        for row, line in zip(rows, told, strict=True)
    ]


def choices(correction: Correction, day: Any) -> list[Json]:
    """Benefits that may be stopped, with what was paid from a day on."""
    rows = corrections.candidates(correction.finding)
    paid = corrections.paid_by(rows, day)
    return [_benefit(row) | {"paid": paid.get(row.pk, 0)} for row in rows]
