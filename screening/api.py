"""Findings over HTTP."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from common import clock
from common.http.answers import answer
from common.http.bodies import Body, Choice, Text
from common.http.docs import DIVISION, PAGE, choice, page_of, query
from common.http.paging import paginate
from common.http.views import ApiView, Filters
from households.models import Benefit
from permissions.access import asked_prefix, under
from permissions.access_log import record
from screening import aid
from screening.models import Finding
from screening.querysets import FindingQuerySet
from screening.services import findings

Json = dict[str, Any]


class AidShape(s.Serializer[Any]):
    matter = s.CharField()
    organisation = s.CharField()
    amount = s.CharField(allow_null=True)
    form = s.CharField()
    starts_on = s.DateField()
    ends_on = s.DateField(allow_null=True)
    paid = s.CharField(allow_null=True)
    paid_until = s.DateField(allow_null=True)


class FindingShape(s.Serializer[Any]):
    id = s.IntegerField()
    rule = s.CharField()
    kind = s.ChoiceField(choices=Finding.Kind.values)
    status = s.ChoiceField(choices=Finding.Status.values)
    person_no = s.CharField()
    household_no = s.CharField(allow_null=True)
    division = s.CharField()
    matter = s.CharField()
    other_matter = s.CharField(allow_null=True)
    amount_month = s.CharField(allow_null=True)
    since = s.DateField(allow_null=True)
    reason = s.CharField()
    article = s.CharField(allow_blank=True)
    table = s.CharField()
    version = s.IntegerField()
    row = s.CharField()
    facts = s.DictField(child=s.JSONField())
    missing = s.ListField(child=s.CharField())
    opened_at = s.DateTimeField()
    resolved_at = s.DateTimeField(allow_null=True)
    resolution = s.CharField(allow_blank=True)
    aid = AidShape(many=True)
    case = s.IntegerField(allow_null=True)
    lead = s.IntegerField(allow_null=True)


class ResolveBody(Body):
    decision = Choice(choices=list(findings.DECISIONS))
    reason = Text(max_length=1000)


def finding_json(row: Finding) -> Json:
    """One finding; person and household are loaded."""
    return findings_json([row])[0]


def findings_json(rows: list[Finding]) -> list[Json]:
    """Several, each with the aid and the payments that it is about."""
    behind = aid.of_findings(rows, clock.today())
    return [_finding(row, [b for b in behind[row.pk] if aid.is_concerned(row, b)]) for row in rows]


def _aid(row: Any) -> Json:
    return {
        "matter": row.matter,
        "organisation": row.source.code,
        "amount": None if row.amount_yuan is None else f"{row.amount_yuan:.2f}",
        "form": row.form,
        "starts_on": str(row.starts_on),
        "ends_on": str(row.ends_on) if row.ends_on else None,
        "paid": None if row.paid is None else f"{row.paid:.2f}",
        "paid_until": str(row.paid_until) if row.paid_until else None,
    }


def _finding(row: Finding, concerned: list[Benefit]) -> Json:
    return {
        "id": row.pk,
        "rule": row.rule,
        "kind": row.kind,
        "status": row.status,
        "person_no": row.person.person_no,
        "household_no": row.household.household_no if row.household else None,
        "division": row.division_code,
        "matter": row.matter,
        "other_matter": row.other_matter or None,
        "amount_month": None if row.amount_month is None else f"{row.amount_month:.2f}",
        "since": str(row.since) if row.since else None,
        "reason": row.reason,
        "article": row.article,
        "table": row.table,
        "version": row.version,
        "row": row.row,
        "facts": row.facts,
        "missing": row.missing,
        "opened_at": row.opened_at.isoformat(),
        "resolved_at": row.resolved_at.isoformat() if row.resolved_at else None,
        "resolution": row.resolution,
        "aid": [_aid(benefit) for benefit in concerned],
        "case": row.case_id,
        "lead": row.lead_id,
    }


def narrowed(rows: FindingQuerySet, filters: Filters) -> FindingQuerySet:
    """The list's filters; without a status, what still holds."""
    status = filters.choice("status", Finding.Status.values)
    rows = rows.filter(status=status) if status else rows.holding()
    if kind := filters.choice("kind", Finding.Kind.values):
        rows = rows.filter(kind=kind)
    for name in ("rule", "matter"):
        if text := filters.text(name):
            rows = rows.filter(**{name: text})
    if division := filters.text("division"):
        rows = rows.filter(under([asked_prefix(division)]))
    return rows


class FindingsView(ApiView):
    @extend_schema(
        operation_id="findings_list",
        parameters=[
            choice("status", list(Finding.Status.values), "status; without it, what still holds"),
            choice("kind", list(Finding.Kind.values), "kind"),
            query("rule", "a rule's code"),
            query("matter", "a matter's code"),
            DIVISION,
            *PAGE,
        ],
        responses=page_of(FindingShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """Findings that one sees, the oldest first."""
        rows = narrowed(Finding.objects.visible_to(self.user), Filters(request))
        page = paginate(request, rows.select_related("person", "household"), order="id")
        record(kind="search", person_ids=[row.person_id for row in page.rows])
        return answer(page.around(findings_json(page.rows)))


class ResolveView(ApiView):
    @extend_schema(operation_id="findings_resolve", request=ResolveBody, responses=FindingShape)
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Say whether it is so, with a reason."""
        values = ResolveBody.read(request.data)
        return self.perform(
            request,
            lambda: findings.resolve(actor=self.user, finding_id=pk, **values),
            finding_json,
        )
