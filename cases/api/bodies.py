"""What clients of the main job send."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.opening import Wanted
from common.http.bodies import Body, Choice, Flag, Object, Text, Texts


class LookupBody(Body):
    id_number = Text(max_length=40)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {"code": {"type": "string"}, "person_no": {"type": "string"}},
                "required": ["code"],
            },
        ]
    }
)
class WantedField(serializers.Field[Wanted, Any, Any, Any]):
    """A matter's code, or {"code", "person_no"}."""

    default_error_messages = {"invalid": _("应为事项代码，或含 code 的对象")}

    def to_internal_value(self, data: Any) -> Wanted:
        row = {"code": data} if isinstance(data, str) else data
        code = row.get("code") if isinstance(row, dict) else None
        person_no = row.get("person_no") if isinstance(row, dict) else None
        if not isinstance(code, str) or not isinstance(person_no, str | None):
            self.fail("invalid")
        return Wanted(code[:100], (person_no or "")[:100])


class AgentBody(Body):
    id_number = Text(max_length=40)
    name = Text(max_length=60)
    relation = Text(max_length=20)


class OpenBody(Body):
    id_number = Text(max_length=40)
    name = Text(max_length=60, required=False, allow_blank=True, default="")
    agent = AgentBody(required=False, allow_null=True, default=None)
    matters = serializers.ListField(child=WantedField(), max_length=100)
    channel = Choice(choices=["window", "online", "proactive", "township"], default="window")
    consent = Flag(default=False)
    in_person = Flag(default=True)


class RelativeBody(Body):
    username = Text(max_length=60)
    relation = Text(max_length=60)


class ReasonBody(Body):
    reason = Text(max_length=1000)


class VisitBody(Body):
    reason = Text(max_length=200)


class DataBody(Body):
    data = Object()  # type: ignore[assignment]


class SupplementBody(Body):
    materials = Texts(max_length=100)
    message = Text(max_length=1000)


class PassBody(Body):
    to = Text(max_length=60)
    reason = Text(max_length=1000)


class ReturnBody(Body):
    step = Text(max_length=100, required=False, allow_blank=True, default="")
    reason = Text(max_length=1000)


class LifeEventBody(Body):
    person_no = Text(max_length=40)
    kind = Choice(choices=["death", "moved", "imprisoned", "released", "guardian_changed"])
    on = serializers.DateField()


class MaterialBody(Body):
    """multipart/form-data"""

    file = serializers.FileField()
    kind = serializers.CharField(max_length=60)
