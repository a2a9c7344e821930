"""What the main job answers, for the published schema. Nothing is rendered by these."""

from typing import Any

from rest_framework import serializers as s

from cases.models import Case, Matter
from workflows.models import WorkItem

Shape = s.Serializer[Any]
LIGHT = ["green", "yellow", "red", "grey"]
JOINT = ["not_needed", "open", "done"]
MONEY = r"^\d+\.\d{2}$"


def text(**options: Any) -> s.CharField:
    return s.CharField(**options)


def maybe(**options: Any) -> s.CharField:
    return s.CharField(allow_null=True, **options)


def money() -> s.RegexField:
    return s.RegexField(MONEY, allow_null=True)


def texts() -> s.ListField:
    return s.ListField(child=s.CharField())


def anything() -> s.DictField:
    return s.DictField(child=s.JSONField())


def choice(values: Any, **options: Any) -> s.ChoiceField:
    return s.ChoiceField(choices=list(values), **options)


class MaterialInfo(Shape):
    kind = text()
    name = text()
    from_register = s.BooleanField()
    required = s.BooleanField()  # type: ignore[assignment]


class MatterInfo(Shape):
    code = text()
    name = text()
    lead = text()
    beneficiary = choice(["person", "household"])
    limit = text()
    basis = text(allow_blank=True)
    materials = MaterialInfo(many=True)
    enabled = s.BooleanField()

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """`with` is no Python name."""
        return {**super().get_fields(), "with": texts()}


class PersonBrief(Shape):
    person_no = text()
    name = text()
    id_number = text(help_text="masked")


class LookedUpPerson(PersonBrief):
    sex = text(allow_blank=True)
    birth_on = s.DateField()
    category = text(allow_blank=True)


class OpenCaseBrief(Shape):
    id = s.IntegerField()
    number = text()
    opened_at = s.DateTimeField()
    matters = texts()


class Suggested(Shape):
    code = text()
    person_no = maybe()
    reason = text()
    article = maybe()
    amount = money()


class Unsuitable(Shape):
    code = text()
    person_no = maybe(help_text="null where the whole household is meant")
    reason = text()
    would_change = text(allow_blank=True)


class Lookup(Shape):
    person = LookedUpPerson()
    household = anything()
    members = s.ListField(child=anything())
    benefits = s.ListField(child=anything())
    open_case = OpenCaseBrief(allow_null=True)
    suggested = Suggested(many=True)
    unsuitable = Unsuitable(many=True)
    papers_held = s.ListField(child=s.CharField())


class AgentBrief(Shape):
    name = text()
    relation = text(allow_blank=True)
    id_number = text(help_text="masked")


class Joint(Shape):
    means = choice(JOINT)
    visit = choice(JOINT)


class CaseMaterial(Shape):
    kind = text()
    name = text()
    status = choice(["held", "added", "missing"])
    needed_by = texts()


class Decision(Shape):
    outcome = choice(Matter.Status.values[2:])
    amount = money()
    form = maybe()
    starts_on = s.DateField(allow_null=True)
    ends_on = s.DateField(allow_null=True)
    reason = text(allow_blank=True)
    why = anything()


class CaseMatter(Shape):
    id = s.IntegerField()
    code = text()
    name = text()
    person_no = maybe()
    household_no = maybe()
    status = choice(Matter.Status.values)
    waiting_for = texts()
    due_on = s.DateField(allow_null=True)
    due_reason = text(allow_blank=True)
    light = choice(LIGHT)
    decision = Decision(allow_null=True)


class TaskShape(Shape):
    id = s.IntegerField()
    case = s.IntegerField()
    case_number = text()
    matter = maybe(help_text="null for the intake's")
    matter_id = s.IntegerField(allow_null=True)
    step = text()
    name = text()
    organisation = text()
    role = text()
    status = choice(WorkItem.Status.values)
    assignee = maybe()
    due_at = s.DateTimeField(allow_null=True)
    light = choice(LIGHT)


class CaseShape(Shape):
    id = s.IntegerField()
    number = text()
    status = choice(Case.Status.values)
    applicant = PersonBrief()
    agent = AgentBrief(allow_null=True)
    household_no = text()
    division = text()
    channel = choice(Case.Channel.values)
    opened_at = s.DateTimeField()
    closed_at = s.DateTimeField(allow_null=True)
    in_person_count = s.IntegerField()
    light = choice(LIGHT)
    due_on = s.DateField(allow_null=True)
    joint = Joint()
    materials = CaseMaterial(many=True)
    matters = CaseMatter(many=True)
    tasks = TaskShape(many=True)


class TimelineEntry(Shape):
    at = s.DateTimeField()
    event = text()
    by = maybe()
    matter = maybe()
    text = s.CharField()


class Diagram(Shape):
    xml = text()
    elements = s.DictField(child=choice(["done", "active", "waiting", "failed"]))
    text = s.ListField(child=s.CharField())


class MaterialShape(Shape):
    id = s.IntegerField()
    kind = text()
    name = text(allow_blank=True)
    content_type = text()
    size = s.IntegerField()
    sha256 = text()
    added_at = s.DateTimeField()


class RelativeShape(Shape):
    username = s.CharField()
    relation = s.CharField()


class OfficeVisitShape(Shape):
    id = s.IntegerField()
    at = s.DateTimeField()
    reason = text()
    in_person_count = s.IntegerField()


class Form(Shape):
    schema = anything()
    ui = anything()
    draft = anything()


class ReturnStep(Shape):
    step = text()
    name = text()


class Shared(Shape):
    matter = text()
    task = s.IntegerField()
    by = maybe()
    answers = anything()


class TaskDetail(TaskShape):
    form = Form()
    allowed = s.ListField(
        child=choice(
            [
                "claim",
                "complete",
                "release",
                "draft",
                "supplement",
                "transfer",
                "delegate",
                "return",
            ]
        )
    )
    return_to = ReturnStep(many=True)
    due_reason = text(allow_blank=True)
    answers = anything()
    facts = anything()
    suggestion = Shared(allow_null=True)


class SupplementShape(Shape):
    id = s.IntegerField()
    materials = texts()
    message = text()
    due_at = s.DateTimeField()
    due_reason = text(allow_blank=True)
    matters = texts()
