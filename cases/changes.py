"""变更历史 as an auditor reads it: who changed what of one object, from what to what."""

from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, DecimalField, Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.audit import Subject, find_subject
from common import clock
from common.models import Change
from permissions.models import User

Json = dict[str, Any]
LONGEST = 200
TABLES = {
    "permissions_user": gettext_lazy("用户"),
    "permissions_roleassignment": gettext_lazy("岗位"),
    "households_person": gettext_lazy("人员"),
    "households_membership": gettext_lazy("家庭成员"),
    "households_household": gettext_lazy("家庭"),
    "households_benefit": gettext_lazy("待遇"),
    "households_payment": gettext_lazy("发放"),
    "cases_case": gettext_lazy("办件"),
    "cases_matter": gettext_lazy("事项"),
    "cases_outcome": gettext_lazy("办理结果"),
    "cases_material": gettext_lazy("材料"),
    "cases_supplement": gettext_lazy("补正"),
    "screening_finding": gettext_lazy("筛查结果"),
    "screening_lead": gettext_lazy("线索"),
    "screening_correction": gettext_lazy("停发核定"),
}
# what belongs to a subject: table, and the column by which it does
BELONGING = {
    "case": [
        *(("cases_matter", "case_id"), ("cases_material", "case_id")),
        ("cases_supplement", "case_id"),
    ],
    "household": [
        ("households_membership", "household_id"),
        ("households_benefit", "household_id"),
    ],
    "person": [
        *(("households_membership", "person_id"), ("households_benefit", "person_id")),
        *(("screening_finding", "person_id"), ("screening_lead", "person_id")),
    ],
    "user": [("permissions_roleassignment", "user_id")],
}
OWN = {
    "case": "cases_case",
    "household": "households_household",
    "person": "households_person",
    "user": "permissions_user",
}


def subject_of(text: str) -> Subject:
    """A case, household, person or user. Raises InputError."""
    user = User.objects.filter(username=text).first()
    return Subject("user", user.pk, user.username) if user else find_subject(text)


def of_subject(subject: Subject) -> QuerySet[Change]:
    """Changes of an object and of what belongs to it, what was removed since included."""
    found = Q(name=OWN[subject.kind], row_id=str(subject.pk))
    for table, column in BELONGING[subject.kind]:
        rows = _model(table)._default_manager.filter(**{column: subject.pk})
        found |= Q(name=table, row_id__in=[str(pk) for pk in rows.values_list("pk", flat=True)])
    if subject.kind == "case":
        outcomes = _model("cases_outcome")._default_manager.filter(matter__case=subject.pk)
        ids = [str(pk) for pk in outcomes.values_list("pk", flat=True)]
        found |= Q(name="cases_outcome", row_id__in=ids)
    if subject.kind == "user":  # also the roles that were taken away
        of_user = Q(changed__user_id__0=subject.pk) | Q(changed__user_id__1=subject.pk)
        found |= Q(of_user, name="permissions_roleassignment")
    return Change.objects.filter(found)


def lines(rows: list[Change]) -> list[Json]:
    """Changes in words, in one query more whatever their number."""
    actors = {row.actor_id for row in rows if row.actor_id}
    staff = dict(User.objects.filter(pk__in=actors).values_list("pk", "name"))
    return [
        {
            "id": row.pk,
            "at": row.at.astimezone(clock.ZONE).isoformat(),
            "actor": staff.get(row.actor_id or 0),
            "by": row.by,
            "request_id": row.request_id,
            "table": row.name,
            "table_name": str(TABLES.get(row.name, row.name)),
            "row": row.row_id,
            "operation": row.operation,
            "operation_name": row.get_operation_display(),
            "changed": [_changed(row.name, *pair) for pair in sorted(row.changed.items())],
        }
        for row in rows
    ]


def _changed(table: str, column: str, values: Any) -> Json:
    label, choices = _label(table, column)
    values = values if values is True else [_plain(table, column, value) for value in values]
    told: Json = {"column": column, "label": label, "protected": values is True}
    old, new = (None, None) if values is True else values
    return told | {"old": _value(old, choices), "new": _value(new, choices)}


def _value(value: Any, choices: dict[Any, Any]) -> str | None:
    """As people read it; what is long is cut."""
    if value in (None, "", [], {}):
        return None
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    text = str(choices.get(value, value)) if not isinstance(value, list | dict) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _plain(table: str, column: str, value: Any) -> Any:
    """A time as China's, money with two decimals; anything else as it is."""
    if value is None or table not in _models():
        return value
    field = _kinds(table).get(column)
    if isinstance(field, DateTimeField):
        return f"{datetime.fromisoformat(value).astimezone(clock.ZONE):%Y-%m-%d %H:%M:%S}"
    return f"{value:.2f}" if isinstance(field, DecimalField) else value


@cache
def _kinds(table: str) -> dict[str, Any]:
    return {str(field.column): field for field in _model(table)._meta.concrete_fields}


@cache
def _models() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def _model(table: str) -> type[Model]:
    return _models()[table]


def _label(table: str, column: str) -> tuple[str, dict[Any, Any]]:
    """A column's name for people and the names of its codes."""
    field = _kinds(table).get(column) if table in _models() else None
    return (str(field.verbose_name), dict(field.flatchoices)) if field else (column, {})
