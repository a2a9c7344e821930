"""Leads and corrections over HTTP."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from common.http.answers import answer
from common.http.bodies import Body, Choice, Flag, Text, Texts
from common.http.docs import DIVISION, PAGE, choice, page_of, query
from common.http.paging import paginate
from common.http.views import ApiView, Filters
from permissions.access import asked_prefix, under
from permissions.access_log import record
from screening import represent
from screening.models import Correction, Lead
from screening.services import corrections, leads


class SourceShape(s.Serializer[Any]):
    channel = s.CharField()
    text = s.CharField()
    at = s.DateTimeField()


class LeadShape(s.Serializer[Any]):
    id = s.IntegerField()
    rule = s.CharField()
    status = s.ChoiceField(choices=Lead.Status.values)
    urgency = s.ChoiceField(choices=Lead.Urgency.values)
    person_no = s.CharField(allow_null=True)
    household_no = s.CharField(allow_null=True)
    name = s.CharField()
    place = s.CharField(allow_blank=True)
    division = s.CharField()
    township = s.CharField()
    matter = s.CharField(allow_null=True)
    other_matter = s.CharField(allow_null=True)
    reason = s.CharField()
    article = s.CharField(allow_blank=True)
    table = s.CharField(allow_blank=True)
    version = s.IntegerField(allow_null=True)
    row = s.CharField(allow_blank=True)
    facts = s.DictField(child=s.JSONField())
    sources = SourceShape(many=True)
    opened_at = s.DateTimeField()
    take_by = s.DateTimeField()
    visit_by = s.DateTimeField()
    taken_by = s.CharField(allow_null=True)
    visited_at = s.DateTimeField(allow_null=True)
    visit_note = s.CharField(allow_blank=True)
    closed_at = s.DateTimeField(allow_null=True)
    result = s.CharField(allow_null=True)
    resolution = s.CharField(allow_blank=True)
    case = s.IntegerField(allow_null=True)


class PrecisionShape(s.Serializer[Any]):
    rule = s.CharField()
    opened = s.IntegerField()
    closed = s.IntegerField()
    case_opened = s.IntegerField()
    policy_explained = s.IntegerField()
    charity = s.IntegerField()
    dismissed = s.IntegerField()
    precision = s.FloatField(allow_null=True)


class CorrectionShape(s.Serializer[Any]):
    id = s.IntegerField()
    finding = s.IntegerField()
    status = s.ChoiceField(choices=Correction.Status.values)
    organisation = s.CharField()
    person_no = s.CharField()
    matter = s.CharField()
    other_matter = s.CharField(allow_null=True)
    reason = s.CharField()
    due_at = s.DateTimeField()
    benefit = s.IntegerField(allow_null=True)
    ends_on = s.DateField(allow_null=True)
    recover = s.CharField(allow_null=True)
    decision_reason = s.CharField(allow_blank=True)


class ReportBody(Body):
    channel = Choice(choices=list(leads.CHANNELS))
    text = Text(max_length=1000)
    urgency = Choice(choices=list(Lead.Urgency.values), default="normal")
    matter = Text(max_length=40, default="", allow_blank=True)
    id_number = Text(max_length=18, default="", allow_blank=True)
    name = Text(max_length=60, default="", allow_blank=True)
    place = Text(max_length=200, default="", allow_blank=True)
    division = Text(max_length=12, default="", allow_blank=True)


class LeadVisitBody(Body):
    note = Text(max_length=1000)


class LeadBody(Body):
    decision = Choice(choices=list(leads.DECISIONS))
    reason = Text(max_length=1000)
    matters = Texts(default=list)
    consent = Flag(default=False)
    id_number = Text(max_length=18, default="", allow_blank=True)
    name = Text(max_length=60, default="", allow_blank=True)


class CorrectionBody(Body):
    decision = Choice(choices=list(corrections.DECISIONS))
    reason = Text(max_length=1000)
    benefit_id = s.IntegerField(default=None, allow_null=True)
    ends_on = s.DateField(default=None, allow_null=True)
    recover = Text(max_length=20, default="", allow_blank=True)


class LeadView(ApiView):
    """What the views of leads share."""

    def shown(self, row: Lead) -> dict[str, Any]:
        """A lead as the caller sees it."""
        return represent.lead(row, self.user)


class LeadsView(LeadView):
    @extend_schema(
        operation_id="leads_list",
        parameters=[
            choice("status", list(Lead.Status.values), "status; without it, what still runs"),
            choice("urgency", list(Lead.Urgency.values), "urgency"),
            query("rule", "a rule's code, `report` for reports"),
            DIVISION,
            *PAGE,
        ],
        responses=page_of(LeadShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """Leads that one sees, the oldest first."""
        filters, rows = Filters(request), Lead.objects.visible_to(self.user)
        status = filters.choice("status", Lead.Status.values)
        rows = rows.filter(status=status) if status else rows.running()
        if urgency := filters.choice("urgency", Lead.Urgency.values):
            rows = rows.filter(urgency=urgency)
        if rule := filters.text("rule"):
            rows = rows.filter(rule=rule)
        if division := filters.text("division"):
            rows = rows.filter(under([asked_prefix(division)]))
        page = paginate(request, represent.with_lead(rows), order="id")
        record(
            kind="search",
            person_ids=[row.person_id for row in page.rows],
            household_ids=[row.household_id for row in page.rows],
        )
        return answer(page.around([represent.lead(row, self.user) for row in page.rows]))

    @extend_schema(operation_id="leads_report", request=ReportBody, responses={201: LeadShape})
    def post(self, request: Request) -> HttpResponse:
        """Report that somebody may need help."""
        values = ReportBody.read(request.data)
        return self.perform(
            request, lambda: leads.report(actor=self.user, **values), self.shown, status=201
        )


class LeadPrecisionView(ApiView):
    @extend_schema(operation_id="leads_precision", responses=PrecisionShape(many=True))
    def get(self, request: Request) -> HttpResponse:
        """How often each rule was right."""
        return answer(leads.precision(self.user))


class LeadTakeView(LeadView):
    @extend_schema(operation_id="leads_take", request=None, responses=LeadShape)
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Go after a lead."""
        return self.perform(request, lambda: leads.take(actor=self.user, lead_id=pk), self.shown)


class LeadVisitView(LeadView):
    @extend_schema(operation_id="leads_visit", request=LeadVisitBody, responses=LeadShape)
    def post(self, request: Request, pk: int) -> HttpResponse:
        """What was found at the home."""
        values = LeadVisitBody.read(request.data)
        return self.perform(
            request,
            lambda: leads.record_visit(actor=self.user, lead_id=pk, **values),
            self.shown,
        )


class LeadResolveView(LeadView):
    @extend_schema(operation_id="leads_resolve", request=LeadBody, responses=LeadShape)
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Say what came of it."""
        values = LeadBody.read(request.data)
        return self.perform(
            request, lambda: leads.resolve(actor=self.user, lead_id=pk, **values), self.shown
        )


class CorrectionsView(ApiView):
    @extend_schema(
        operation_id="corrections_list",
        parameters=[
            choice("status", list(Correction.Status.values), "status"),
            *PAGE,
        ],
        responses=page_of(CorrectionShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """Stops to decide on, and those that were."""
        filters, rows = Filters(request), Correction.objects.visible_to(self.user)
        if status := filters.choice("status", Correction.Status.values):
            rows = rows.filter(status=status)
        page = paginate(request, represent.with_correction(rows), order="id")
        record(kind="search", person_ids=[row.finding.person_id for row in page.rows])
        return answer(page.around([represent.correction(row) for row in page.rows]))


class CorrectionDecideView(ApiView):
    @extend_schema(
        operation_id="corrections_decide", request=CorrectionBody, responses=CorrectionShape
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Stop, or keep, with a reason."""
        values = CorrectionBody.read(request.data)
        return self.perform(
            request,
            lambda: corrections.decide(actor=self.user, correction_id=pk, **values),
            represent.correction,
        )
