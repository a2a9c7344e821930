"""The facts by name: kind, title, unit, the register's columns they come from, the codes."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from households import codes
from households.facts.words import MONTHLY_SUMS

Kind = Literal["number", "string", "boolean", "date"]


class Fact(NamedTuple):
    """What a table may ask of a person.

    unit: of a number, "" where it merely counts. source: columns of the register files.
    codes: the values a string can have; () is free text. labels: their names.
    """

    name: str
    kind: Kind
    title: Promise
    unit: str = ""
    source: str = ""
    codes: tuple[str, ...] = ()
    labels: Mapping[str, Any] = {}


def _fact(  # noqa: PLR0913  a row has so many columns
    register: str,
    name: str,
    kind: Kind,
    title: Promise,
    source: str = "",
    *,
    unit: str = "",
    choices: type[TextChoices] | None = None,
) -> Fact:
    labels = dict(choices.choices) if choices else {}
    return Fact(name, kind, title, unit, f"{register}.{source or name}", tuple(labels), labels)


_person = partial(_fact, "persons")
_household = partial(_fact, "households")
STATUS = "category, households.category"
CERTIFICATE = "disability_category, disability_from, disability_to"
PRESENT = "household_no, member_from, member_to, died_on, moved_on, imprisoned_on"
INCOME = "income_month, persons.income_month"
YEAR = f"income_year, {INCOME}"
SEVERE = f"{CERTIFICATE}, disability_grade"
RUNS = "benefits.matter, starts_on, ends_on, form"
METER = "readings.kind, month, amount"

PERSON = (
    _person("age", "number", _("年龄"), "birth_on", unit="岁"),
    _person("sex", "string", _("性别"), choices=codes.Sex),
    _person("relation", "string", _("与户主关系"), choices=codes.Relation),
    _person("hukou_local", "boolean", _("本县户籍"), "hukou_division, households.division_code"),
    _person("category", "string", _("救助类别"), STATUS, choices=codes.Category),
    _household("household_category", "string", _("家庭救助类别"), "category",
               choices=codes.Category),
    _household("low_income_farm", "boolean", _("低收入农户")),
    _person("obligor_state", "string", _("义务人情况"), choices=codes.ObligorState),
    _person("father_state", "string", _("父亲情况"), choices=codes.ParentState),
    _person("mother_state", "string", _("母亲情况"), choices=codes.ParentState),
    _person("labour", "string", _("劳动能力"), choices=codes.Labour),
    _person("school_stage", "string", _("就学阶段"), choices=codes.SchoolStage),
    _person("care_level", "string", _("护理等级"), choices=codes.CareLevel),
    _person("care_status", "string", _("儿童类别"), choices=codes.CareStatus),
    _person("disability_category", "string", _("残疾类别"), choices=codes.DisabilityCategory),
    _person("disability_grade", "number", _("残疾等级"), "disability_category, disability_grade"),
    _person("certificate_valid", "boolean", _("残疾证有效"), CERTIFICATE),
    _person("certificate_expired", "boolean", _("残疾证已过期"), "disability_to"),
    _person("severe_illness", "boolean", _("重病")),
    _person("insured", "boolean", _("参加医保")),
    _person("employment", "string", _("就业状况")),
    _person("unemployed", "boolean", _("失业"), "employment, unemployed_since"),
    _person("unemployed_months", "number", _("失业月数"), "employment, unemployed_since",
            unit="月"),
    _person("medical_own_cost", "number", _("近12个月自付医疗费"), "medical_own_cost_year",
            unit="元/年"),
    _person("dead", "boolean", _("已死亡"), "died_on"),
    _person("died_earlier", "boolean", _("在此前月份死亡"), "died_on"),
    _person("imprisoned", "boolean", _("在服刑"), "imprisoned_on"),
    _person("moved_away", "boolean", _("已迁出"), "moved_on"),
    _person("registrations", "number", _("登记户数"),
            "id_number, household_no, member_from, member_to", unit="户"),
    _person("account_shared", "boolean", _("银行账号与他户人员相同"), "bank_account"),
)  # fmt: skip
HOUSEHOLD = (
    _person("members", "number", _("家庭人口"), PRESENT, unit="人"),
    _person("lives_alone", "boolean", _("独居"), PRESENT),
    _household("income_month", "number", _("家庭月收入"), INCOME, unit="元/月"),
    _household("pci", "number", _("人均月收入"), INCOME, unit="元/月"),
    _household("income_year", "number", _("家庭年收入"), YEAR, unit="元/年"),
    _household("rigid_spending_year", "number", _("年刚性支出"), unit="元/年"),
    _household("rigid_share", "number", _("刚性支出占年收入之比"), f"rigid_spending_year, {YEAR}"),
    _household("pci_less_rigid", "number", _("扣除刚性支出后人均月收入"),
               f"rigid_spending_year, {YEAR}", unit="元/月"),
    _household("assets", "number", _("家庭金融资产"), unit="元"),
    _household("homes", "number", _("住房套数"), unit="套"),
    _household("vehicles", "number", _("车辆数"), unit="辆"),
    _household("vehicles_value", "number", _("车辆总价值"), unit="元"),
    _household("companies", "number", _("名下企业数"), unit="家"),
    _household("housing", "string", _("住房"), choices=codes.Housing),
    _household("dwelling_grade", "string", _("房屋等级"), choices=codes.DwellingGrade),
    _household("floor_area_per_head", "number", _("人均住房面积"), "floor_area", unit="平方米"),
    _household("electricity_account_known", "boolean", _("有用电户号"), "electricity_account"),
    _household("water_account_known", "boolean", _("有用水户号"), "water_account"),
    _household("gas_account_known", "boolean", _("有用气户号"), "gas_account"),
    _household("review_class", "string", _("复核类别"), choices=codes.ReviewClass),
    _household("review_overdue", "boolean", _("复核逾期"), "next_review_on"),
    Fact("electricity_drop", "number", _("用电降幅"), "%", METER),
    Fact("water_drop", "number", _("用水降幅"), "%", METER),
    _person("has_severely_disabled", "boolean", _("家中有重度残疾人"), SEVERE),
    _person("has_student", "boolean", _("家中有在校生"), "school_stage"),
)  # fmt: skip


def _aid() -> Iterator[Fact]:
    for matter in codes.Matter:
        title = format_lazy(_("正在享受{matter}"), matter=matter.label)
        yield Fact(f"has_{matter}", "boolean", title, "", RUNS)
    for matter in MONTHLY_SUMS:
        title = format_lazy(_("{matter}每月金额"), matter=matter.label)
        yield Fact(f"month_{matter}", "number", title, "元/月", f"{RUNS}, amount")
    lately = "benefits.matter, starts_on, ends_on"
    bill = "benefits.bill_no"
    yield from (
        Fact("education_aid_12m", "boolean", _("近12个月有教育救助"), "", lately),
        Fact("temporary_aid_count_12m", "number", _("近12个月临时救助次数"), "次", lately),
        Fact("temporary_aid_sum_12m", "number", _("近12个月临时救助金额"), "元",
             f"{lately}, amount"),
        Fact("bill_overpaid", "boolean", _("票据报销超过总额"), "", f"{bill}, amount, bill_total"),
        Fact("bill_twice", "boolean", _("同一票据重复报销"), "", f"{bill}, matter"),
        Fact("paid_after_death", "boolean", _("死亡后仍发放"), "",
             "persons.died_on, payments.paid_on, benefits.starts_on, ends_on, form"),
        Fact("has_other_household_aid", "boolean", _("在两户以上享受家庭救助"), "",
             f"persons.household_no, member_from, member_to, {RUNS}"),
    )  # fmt: skip


FACTS: dict[str, Fact] = {fact.name: fact for fact in (*PERSON, *HOUSEHOLD, *_aid())}
