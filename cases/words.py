"""Codes as people say them on pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases import catalogue
from cases.forms import Pairs, answers_in_words
from cases.models import Matter
from common.templatetags.pages import day, yuan
from households import codes
from households import words as register
from permissions.models import OrgUnit

JOINT = {"means": gettext_lazy("经济状况核对"), "visit": gettext_lazy("入户走访")}
JOINT_STATE = {
    "not_needed": gettext_lazy("不需要"),
    "open": gettext_lazy("进行中"),
    "done": gettext_lazy("已完成"),
}
# what of a person is worth a line: column, title, its codes
_PERSON: list[tuple[str, Any, Any]] = [
    ("category", gettext_lazy("本人救助类别"), codes.Category),
    ("care_level", gettext_lazy("自理能力"), codes.CareLevel),
    ("care_status", gettext_lazy("儿童类别"), codes.CareStatus),
    ("labour", gettext_lazy("劳动能力"), codes.Labour),
    ("school_stage", gettext_lazy("就学"), codes.SchoolStage),
    ("obligor_state", gettext_lazy("法定义务人"), codes.ObligorState),
]


def organisations(found: Iterable[str]) -> dict[str, str]:
    """Names of organisations by code."""
    return dict(OrgUnit.objects.filter(code__in=set(found)).values_list("code", "name"))


def waiting_for(rows: Iterable[str], names: Mapping[str, str]) -> str:
    """What a matter waits for: joint work, or other matters of the case."""
    return _("、").join(str(JOINT.get(row) or names.get(row, row)) for row in rows)


def status(matter: Mapping[str, Any]) -> str:
    """A matter's status."""
    return str(Matter.Status(matter["status"]).label)


def facts(found: Mapping[str, Any]) -> Pairs:
    """What a task's page says of household and person; what is unknown is not there."""
    return [*_of_person(found["person"]), *_of_household(found["household"])]


def _of_person(person: Mapping[str, Any]) -> Pairs:
    sex = str(codes.Sex(person["sex"]).label) if person.get("sex") else ""
    years = ngettext("%d 岁", "%d 岁", person["age"]) % person["age"]
    rows: Pairs = [(_("对象"), _("，").join(filter(None, [person["name"], sex, years])))]
    if words := register.disability(person):
        until = person.get("disability_to")
        rows.append((_("残疾证"), words + (_("，%s 到期") % day(until) if until else "")))
    for column, title, choices in _PERSON:
        value = person.get(column)
        if value and value != "none":
            rows.append((str(title), str(choices(value).label)))
    if person.get("severe_illness") is not None:
        rows.append((_("重病"), _("是") if person["severe_illness"] else _("否")))
    if person.get("insured") is not None:
        rows.append((_("参加医保"), _("是") if person["insured"] else _("否")))
    if person.get("medical_own_cost_year"):
        rows.append((_("近一年自付医疗费"), _("%s 元") % yuan(person["medical_own_cost_year"])))
    return rows


def _of_household(household: Mapping[str, Any]) -> Pairs:
    people = ngettext("%d 人", "%d 人", household["members"]) % household["members"]
    kind = register.category(household.get("category")) or _("不在救助名册")
    rows: Pairs = [(_("家庭"), _("，").join([kind, people]))]
    if household.get("address"):
        rows.append((_("住址"), household["address"]))
    if household.get("housing"):
        rows.append((_("住房"), register.housing(household)))
    for column, title in (
        ("income_month", _("登记月收入")),
        ("assets", _("登记金融资产")),
        ("rigid_spending_year", _("年刚性支出")),
    ):
        if household.get(column) is not None:
            rows.append((title, _("%s 元") % yuan(household[column])))
    if household.get("vehicles"):
        cars = household["vehicles"]
        rows.append((_("机动车"), ngettext("%d 辆", "%d 辆", cars) % cars))
    return rows


def joint_work(verified: Mapping[str, Any], intake_id: int) -> list[tuple[str, Pairs]]:
    """What the case's joint work found: title and answers of the means check and the visit."""
    forms = catalogue.package(intake_id).forms
    steps = {"means.verified": ("means", "means_report"), "visit.done": ("visit", "visit")}
    return [
        (str(JOINT[steps[name][0]]), answers_in_words(forms[steps[name][1]], data))
        for name, data in verified.items()
        if name in steps and data
    ]
