"""Policy packages over HTTP."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from common import clock
from common.http.answers import answer
from common.http.bodies import Body
from common.http.docs import page_of
from common.http.views import ApiView
from screening import policy_board, policy_text
from screening.policy_board import Standing
from screening.services import policies

Json = dict[str, Any]


class ItemShape(s.Serializer[Any]):
    text = s.CharField()
    note = s.CharField(allow_blank=True)
    basis = s.CharField(allow_blank=True)


class GroupShape(s.Serializer[Any]):
    title = s.CharField(allow_blank=True)
    items = ItemShape(many=True)


class SectionShape(s.Serializer[Any]):
    key = s.ChoiceField(choices=policy_text.SECTIONS)
    title = s.CharField()
    groups = GroupShape(many=True)


class PolicyShape(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()
    version = s.IntegerField(allow_null=True)
    starts_on = s.DateField(allow_null=True)
    published_at = s.DateTimeField(allow_null=True)
    content_hash = s.CharField(allow_blank=True)
    read = s.BooleanField()
    read_at = s.DateTimeField(allow_null=True)
    changed = s.BooleanField()
    sections = SectionShape(many=True)
    notes = s.CharField(allow_blank=True)
    contacts = s.CharField(allow_blank=True)


class ReadBody(Body):
    version = s.IntegerField(min_value=1, max_value=2**31 - 1)


def policy_json(row: Standing, names: dict[str, str]) -> Json:
    """One package: sections as generated today, the additions of the newest version."""
    latest, is_read = row.latest, row.is_read
    return {
        "code": row.code,
        "name": row.name,
        "version": latest.version if latest else None,
        "starts_on": str(latest.starts_on) if latest else None,
        "published_at": latest.published_at.isoformat() if latest else None,
        "content_hash": latest.content_hash if latest else "",
        "read": is_read,
        "read_at": row.reading.read_at.isoformat() if row.reading and is_read else None,
        "changed": row.is_changed,
        "sections": policy_text.sections(row.package, clock.today(), names),
        "notes": latest.notes if latest else "",
        "contacts": latest.contacts if latest else "",
    }


class PoliciesView(ApiView):
    @extend_schema(operation_id="policies_list", responses=page_of(PolicyShape))
    def get(self, _request: Request) -> HttpResponse:
        """Every matter's policy package: what is generated today, the newest version's additions,
        whether one has read that version, whether the catalogue has changed since."""
        names = policy_text.organisations()
        found = policy_board.standings(self.user, names)
        rows = [policy_json(row, names) for row in found]
        return answer({"results": rows, "next": None, "previous": None})


class ReadView(ApiView):
    @extend_schema(operation_id="policies_read", request=ReadBody, responses=PolicyShape)
    def post(self, request: Request, code: str) -> HttpResponse:
        """Say that one has read the newest version."""
        values = ReadBody.read(request.data)

        def render(_reading: Any) -> Json:
            names = policy_text.organisations()
            [row] = policy_board.standings(self.user, names, code)
            return policy_json(row, names)

        return self.perform(
            request,
            lambda: policies.mark_read(actor=self.user, code=code, **values),
            render,
        )
