"""Changes of the rules over HTTP: try, see, publish."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from common.errors import MissingError
from common.http.answers import answer
from common.http.bodies import Body, Text
from common.http.docs import PAGE, page_of
from common.http.paging import paginate
from common.http.views import ApiView
from screening.models.rehearsals import Rehearsal
from screening.services import rehearsals

Json = dict[str, Any]


class RehearsalLine(s.Serializer[Any]):
    id = s.IntegerField()
    status = s.ChoiceField(choices=Rehearsal.Status.values)
    author = s.CharField()
    created_at = s.DateTimeField()
    on = s.DateField()
    parameters = s.DictField(child=s.CharField())
    tables = s.ListField(child=s.CharField())
    source = s.CharField(allow_blank=True)  # type: ignore[assignment]
    versions = s.DictField(child=s.IntegerField())
    published_by = s.CharField(allow_null=True)
    published_at = s.DateTimeField(allow_null=True)
    starts_on = s.DateField(allow_null=True)
    made = s.DictField(child=s.IntegerField())


class RehearsalShape(RehearsalLine):
    report = s.DictField(child=s.JSONField(), allow_null=True)


class TriedBody(Body):
    # numbers, or texts of them: which parameters there are is the service's to say
    parameters = s.DictField(child=s.CharField(max_length=40), default=dict)
    tables = s.DictField(child=Text(max_length=1_000_000, trim_whitespace=False), default=dict)
    on = s.DateField(required=False, allow_null=True, default=None)
    source = Text(max_length=500, allow_blank=True, default="")  # type: ignore[assignment]


class PublishBody(Body):
    starts_on = s.DateField()
    source = Text(max_length=500, allow_blank=True, default="")  # type: ignore[assignment]


def rehearsal_json(row: Rehearsal) -> Json:
    """One rehearsal with its report; author and publisher are loaded."""
    return line_json(row) | {"report": row.report}


def line_json(row: Rehearsal) -> Json:
    """The same in a list, without the report."""
    return {
        "id": row.pk,
        "status": row.status,
        "author": row.author.name,
        "created_at": row.created_at.isoformat(),
        "on": str(row.on),
        "parameters": row.parameters,
        "tables": list(row.tables),
        "source": row.source,
        "versions": row.versions,
        "published_by": row.published_by.name if row.published_by else None,
        "published_at": row.published_at.isoformat() if row.published_at else None,
        "starts_on": str(row.starts_on) if row.starts_on else None,
        "made": row.made,
    }


class RehearsalsView(ApiView):
    @extend_schema(
        operation_id="what_if_list",
        parameters=PAGE,
        responses=page_of(RehearsalLine, "Rehearsal"),
    )
    def get(self, request: Request) -> HttpResponse:
        """Changes of the rules that were tried, the latest first; for curators."""
        rows = Rehearsal.objects.visible_to(self.user).select_related("author", "published_by")
        page = paginate(request, rows.defer("report"), order="-id")
        return answer(page.around([line_json(row) for row in page.rows]))

    @extend_schema(operation_id="what_if_try", request=TriedBody, responses={202: RehearsalShape})
    def post(self, request: Request) -> HttpResponse:
        """Try changed parameters or tables; the report is there when `status` is `ready`."""
        values = TriedBody.read(request.data)
        return self.perform(
            request,
            lambda: rehearsals.rehearse(actor=self.user, **values),
            rehearsal_json,
            status=202,
        )


class RehearsalView(ApiView):
    @extend_schema(operation_id="what_if_read", responses=RehearsalShape)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """One of them, with its report."""
        rows = Rehearsal.objects.visible_to(self.user).select_related("author", "published_by")
        found = rows.filter(pk=pk).first()
        if found is None:
            raise MissingError
        return answer(rehearsal_json(found))


class PublishView(ApiView):
    @extend_schema(operation_id="what_if_publish", request=PublishBody, responses=RehearsalShape)
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Put it in force from a day on; by another curator than its author."""
        values = PublishBody.read(request.data)
        return self.perform(
            request,
            lambda: rehearsals.publish(actor=self.user, rehearsal_id=pk, **values),
            rehearsal_json,
        )
