"""Matters, applicants, cases."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from cases import represent, timeline
from cases.api import bodies, shapes
from cases.api.docs import CASE_FILTERS
from cases.models import Case, Material, Matter, OfficeVisit
from cases.opening import Agent
from cases.querysets import CaseQuerySet
from cases.services import applicants, intake, lifecycle, materials, relatives
from cases.sight import sight_of
from common import clock
from common.errors import FieldError, InputError, MissingError
from common.http.answers import answer
from common.http.docs import PAGE, page_of, query
from common.http.paging import paginate
from common.http.views import ApiView, Filters
from permissions.access import asked_prefix, under
from permissions.access_log import record
from permissions.models import User
from workflows import diagrams
from workflows.models import Instance

LIGHTS = ("green", "yellow", "red", "grey")


def visible_case(user: User, pk: int) -> Case:
    """A case that the user sees. Raises MissingError."""
    rows = Case.objects.visible_to(user).select_related("applicant", "household")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise MissingError
    return found


class MattersView(ApiView):
    @extend_schema(operation_id="matters_list", responses=page_of(shapes.MatterInfo))
    def get(self, _request: Request) -> HttpResponse:
        """The enabled matters, in the order of the catalogue."""
        found = applicants.matter_catalogue()
        return answer({"results": found, "next": None, "previous": None})


class LookupView(ApiView):
    limit = "lookup"

    @extend_schema(
        operation_id="applicants_lookup", request=bodies.LookupBody, responses=shapes.Lookup
    )
    def post(self, request: Request) -> HttpResponse:
        """After the card is read: the applicant, the household and what is known."""
        body = bodies.LookupBody.read(request.data)
        return self.perform(
            request,
            lambda: applicants.look_up(actor=self.user, id_number=body["id_number"]),
            lambda found: found,
        )


class CasesView(ApiView):
    @extend_schema(
        operation_id="cases_list",
        parameters=[*CASE_FILTERS, *PAGE],
        responses=page_of(shapes.CaseShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """Cases that one sees, the newest first."""
        rows = narrowed(Case.objects.visible_to(self.user), Filters(request))
        page = paginate(request, rows.select_related("applicant", "household"), order="-id")
        record(kind="search", case_ids=[row.pk for row in page.rows])
        return answer(page.around(represent.cases(page.rows, self.user)))

    @extend_schema(
        operation_id="cases_open", request=bodies.OpenBody, responses={201: shapes.CaseShape}
    )
    def post(self, request: Request) -> HttpResponse:
        """Open one case with all its matters."""
        body = bodies.OpenBody.read(request.data)
        agent = body.pop("agent")
        return self.perform(
            request,
            lambda: intake.open_case(
                actor=self.user, agent=Agent(**agent) if agent else None, **body
            ),
            lambda case: represent.case(case, self.user),
            status=201,
        )


def narrowed(rows: CaseQuerySet, filters: Filters) -> CaseQuerySet:
    """The list's filters."""
    if status := filters.choice("status", Case.Status.values):
        rows = rows.filter(status=status)
    if light := filters.choice("light", LIGHTS):
        rows = rows.lit(light, today=clock.today())
    if code := filters.text("matter"):
        rows = rows.filter(Exists(Matter.objects.filter(case=OuterRef("pk"), code=code)))
    if division := filters.text("division"):
        rows = rows.filter(under([asked_prefix(division)]))
    if number := filters.text("number"):
        rows = rows.filter(number=number.upper())
    return opened_between(rows, filters.day("opened_from"), filters.day("opened_to"))


def opened_between(rows: CaseQuerySet, first: date | None, last: date | None) -> CaseQuerySet:
    """Opened on one of these days, both counted."""
    if first:
        rows = rows.filter(opened_at__gte=clock.midnight(first))
    if last and last < date.max:
        rows = rows.filter(opened_at__lt=clock.midnight(last) + timedelta(days=1))
    return rows


class CaseView(ApiView):
    @extend_schema(operation_id="cases_read", responses=shapes.CaseShape)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """One case."""
        case = visible_case(self.user, pk)
        record(kind="view", case_id=case.pk)
        return answer(represent.case(case, self.user))


class TimelineView(ApiView):
    @extend_schema(operation_id="cases_timeline", responses=page_of(shapes.TimelineEntry))
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Every event of the case, in order."""
        case = visible_case(self.user, pk)
        record(kind="view", case_id=case.pk)
        found = timeline.timeline(case, sight_of(self.user, case))
        return answer({"results": found, "next": None, "previous": None})


class DiagramView(ApiView):
    @extend_schema(
        operation_id="cases_diagram",
        parameters=[query("matter", "a matter's code; without it, the intake's diagram")],
        responses=shapes.Diagram,
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """A process's drawing, how far it is, and the same as text."""
        case = visible_case(self.user, pk)
        owner_type, owner_id = "intake", case.pk
        if code := Filters(request).text("matter"):
            matter = case.matters.filter(code=code).order_by("id").first()
            if matter is None or not sight_of(self.user, case).covers(matter.pk):
                raise MissingError
            owner_type, owner_id = "matter", matter.pk
        rows = Instance.objects.filter(owner_type=owner_type, owner_id=owner_id)
        instance = rows.select_related("definition").order_by("-id").first()
        if instance is None:
            raise MissingError
        states = diagrams.elements(instance)
        return answer(
            {
                "xml": diagrams.xml(instance),
                "elements": states,
                "text": diagrams.text(instance, states),
            }
        )


class MaterialsView(ApiView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="cases_add_material",
        request={"multipart/form-data": bodies.MaterialBody},
        responses={201: shapes.MaterialShape},
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Add a paper, for every matter that asks for its kind. 20 MB at most."""
        form: Any = request.data
        file, kind = request.FILES.get("file"), form.get("kind")
        missing = [name for name, value in (("file", file), ("kind", kind)) if not value]
        if missing or file is None:
            text = _("请填写")
            raise InputError(
                "invalid-data", errors=[FieldError(name, "required", text) for name in missing]
            )
        return self.perform(
            request,
            lambda: materials.add_material(
                actor=self.user, case_id=pk, kind=str(kind), name=file.name or "", content=file
            ),
            material_json,
            status=201,
        )


def material_json(row: Material) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "name": row.name,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "added_at": row.added_at.astimezone(clock.ZONE).isoformat(),
    }


class OfficeVisitsView(ApiView):
    @extend_schema(
        operation_id="cases_record_office_visit",
        request=bodies.VisitBody,
        responses={201: shapes.OfficeVisitShape},
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """One more appearance in person (跑动)."""
        body = bodies.VisitBody.read(request.data)
        return self.perform(
            request,
            lambda: lifecycle.record_office_visit(actor=self.user, case_id=pk, **body),
            visit_json,
            status=201,
        )


def visit_json(row: OfficeVisit) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.at.astimezone(clock.ZONE).isoformat(),
        "reason": row.reason,
        "in_person_count": row.case.in_person_count,
    }


class RelativesView(ApiView):
    @extend_schema(
        operation_id="cases_declare_relative",
        request=bodies.RelativeBody,
        responses={201: shapes.RelativeShape},
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """近亲属备案: bar a member of staff from the case."""
        body = bodies.RelativeBody.read(request.data)
        return self.perform(
            request,
            lambda: relatives.declare_relative(actor=self.user, case_id=pk, **body),
            lambda row: {"username": row.user.username, "relation": row.relation},
            status=201,
        )


class WithdrawView(ApiView):
    @extend_schema(
        operation_id="cases_withdraw", request=bodies.ReasonBody, responses=shapes.CaseShape
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """The applicant withdraws; open tasks are cancelled at once."""
        body = bodies.ReasonBody.read(request.data)
        return self.perform(
            request,
            lambda: lifecycle.withdraw_case(actor=self.user, case_id=pk, **body),
            lambda case: represent.case(case, self.user),
        )


class LifeEventsView(ApiView):
    @extend_schema(
        operation_id="life_events_record",
        request=bodies.LifeEventBody,
        responses={201: bodies.LifeEventBody},
    )
    def post(self, request: Request) -> HttpResponse:
        """Death, a move away, imprisonment: what runs for the person ends."""
        body = bodies.LifeEventBody.read(request.data)
        return self.perform(
            request,
            lambda: lifecycle.record_life_event(actor=self.user, **body),
            lambda _done: {**body, "on": str(body["on"])},
            status=201,
        )
