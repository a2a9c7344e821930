"""The access log and the history of changes, for auditors."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from cases import audit, changes
from common.http.answers import answer
from common.http.docs import PAGE, choice, page_of, query
from common.http.paging import paginate
from common.http.views import ApiView, Filters
from common.models import Change
from permissions.access_log import record
from permissions.models import AccessRecord

Shape = s.Serializer[Any]


class LookedAtPerson(Shape):
    person_no = s.CharField()
    name = s.CharField()


class LookedAtHousehold(Shape):
    household_no = s.CharField()


class LookedAtCase(Shape):
    number = s.CharField()


class AccessShape(Shape):
    id = s.IntegerField()
    at = s.DateTimeField()
    username = s.CharField(allow_blank=True)
    name = s.CharField(allow_blank=True)
    held = s.ListField(child=s.CharField())
    kind = s.ChoiceField(choices=AccessRecord.Kind.values)
    kind_name = s.CharField()
    via = s.ChoiceField(choices=AccessRecord.Via.values)
    via_name = s.CharField()
    persons = LookedAtPerson(many=True)
    households = LookedAtHousehold(many=True)
    cases = LookedAtCase(many=True)
    fields = s.ListField(child=s.CharField())  # type: ignore[assignment]
    purpose = s.CharField(allow_blank=True)
    path = s.CharField(allow_blank=True)
    address = s.CharField(allow_null=True)
    request_id = s.CharField(allow_blank=True)


class ChangedColumn(Shape):
    column = s.CharField()
    label = s.CharField()  # type: ignore[assignment]
    protected = s.BooleanField()
    old = s.CharField(allow_null=True)
    new = s.CharField(allow_null=True)


class ChangeShape(Shape):
    id = s.IntegerField()
    at = s.DateTimeField()
    actor = s.CharField(allow_null=True)
    by = s.CharField(allow_blank=True)
    request_id = s.CharField(allow_blank=True)
    table = s.CharField()
    table_name = s.CharField()
    row = s.CharField()
    operation = s.ChoiceField(choices=Change.Operation.values)
    operation_name = s.CharField()
    changed = ChangedColumn(many=True)


class AccessLogView(ApiView):
    @extend_schema(
        operation_id="access_log_list",
        parameters=[
            query("user", "a user name"),
            query("whom", "the number of a person, a household or a case"),
            choice("kind", list(AccessRecord.Kind.values), "kind of look"),
            query("from", "first day", OpenApiTypes.DATE),
            query("to", "last day", OpenApiTypes.DATE),
            *PAGE,
        ],
        responses=page_of(AccessShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """Who looked at whom, the newest first; for auditors."""
        self.user.access.require("log.see")
        filters = Filters(request)
        asked = audit.Asked(
            user=filters.text("user"),
            whom=filters.text("whom"),
            kind=filters.choice("kind", AccessRecord.Kind.values),
            first=filters.day("from"),
            last=filters.day("to"),
        )
        page = paginate(request, audit.narrowed(asked), order="-id")
        shown = {pk for row in page.rows for pk in row.person_ids}
        record(kind="search", person_ids=shown, fields=["access_log"])
        return answer(page.around(audit.lines(page.rows)))


class ChangesView(ApiView):
    @extend_schema(
        operation_id="changes_list",
        parameters=[
            query("no", "the number of a person, household or case, or a user name"),
            *PAGE,
        ],
        responses=page_of(ChangeShape),
    )
    def get(self, request: Request) -> HttpResponse:
        """What was changed of one object, the newest first; for auditors."""
        self.user.access.require("log.see")
        subject = changes.subject_of(Filters(request).text("no"))
        audit.tell_of(subject, fields=[Change._meta.db_table])
        page = paginate(request, changes.of_subject(subject), order="-id")
        return answer(page.around(changes.lines(page.rows)))
