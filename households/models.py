"""The register: households, the people in them, what they were granted and paid.

Columns keep the names of the register files (contract: files); an empty value means unknown,
never "no". Numbers of people and accounts are sealed (`common.crypto`) and found by a blind index.
"""

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext_lazy as _

from common import crypto
from common.fields import SealedField
from common.models import Event
from households import codes
from households.querysets import (
    BenefitQuerySet,
    BenefitVersionQuerySet,
    HouseholdQuerySet,
    InDivisions,
    MembershipQuerySet,
    PersonQuerySet,
)
from permissions.models import OrgUnit

if TYPE_CHECKING:
    DecimalBase = models.DecimalField[Any, Any]
    CharBase = models.CharField[Any, Any]
else:  # Django's fields take no type arguments at run time
    DecimalBase, CharBase = models.DecimalField, models.CharField


class MoneyField(DecimalBase):
    """Yuan with two decimals."""

    def __init__(self, verbose_name: object = None, **options: object) -> None:
        defaults = {"max_digits": 14, "decimal_places": 2, "null": True, "blank": True}
        super().__init__(verbose_name, **(defaults | options))  # type: ignore[arg-type]


class CodeField(CharBase):
    """One of a list of codes; the list is also a constraint where `check_codes` names it."""

    def __init__(self, verbose_name: object = None, **options: object) -> None:
        defaults = {"max_length": 30, "blank": True, "default": ""}
        super().__init__(verbose_name, **(defaults | options))  # type: ignore[arg-type]


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """The column holds one of the codes, or nothing where nothing is known."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": ["", *choices.values]}), name=name)


def by_division(name: str) -> models.Index:
    """Serves both "is" and "begins with", in any database locale."""
    return models.Index(fields=["division_code"], name=name, opclasses=["varchar_pattern_ops"])


class Status(NamedTuple):
    """A status in force: its code ("" where nothing is known) and since when."""

    category: str
    since: date | None


class StatusHolder(models.Model):
    """Who may hold a status.

    `category` is what the register says and imports alone write; what a case granted stands
    apart, and goes before it from its first day until it ends.
    """

    category = CodeField(_("救助类别"), choices=codes.Category.choices)
    category_since = models.DateField(_("认定日期"), null=True, blank=True)
    granted_category = CodeField(_("救助类别"), choices=codes.Category.choices, db_default="")
    granted_since = models.DateField(_("认定日期"), null=True, blank=True)
    granted_until = models.DateField(_("止（不含）"), null=True, blank=True)

    class Meta:
        abstract = True

    def status(self, on: date) -> Status:
        """The status on a day: what was granted, while it holds; else what the register says."""
        since, until = self.granted_since, self.granted_until
        holds = (since is None or since <= on) and (until is None or on < until)
        if self.granted_category and holds:
            return Status(self.granted_category, since)
        return Status(self.category, self.category_since)


GRANTED_COLUMNS = ("granted_category", "granted_since", "granted_until")
STATUS_COLUMNS = ("category", "category_since", *GRANTED_COLUMNS)


class Household(StatusHolder):
    """An economic household: not a page of the hukou book."""

    household_no = models.CharField(_("户号"), max_length=40, unique=True)
    division_code = models.CharField(_("区划代码"), max_length=12)
    category = CodeField(_("救助类别"), choices=codes.Category.choices, default="none")
    low_income_farm = models.BooleanField(_("低收入农户"), null=True)
    review_class = CodeField(_("复核类别"), choices=codes.ReviewClass.choices)
    next_review_on = models.DateField(_("下次复核日期"), null=True, blank=True)
    address = models.CharField(_("住址"), max_length=200, blank=True)
    poverty_cause = models.CharField(_("主要致困原因"), max_length=60, blank=True)
    housing = CodeField(_("住房"), choices=codes.Housing.choices)
    floor_area = models.DecimalField(_("面积（平方米）"), max_digits=9, decimal_places=2, null=True)
    dwelling_grade = CodeField(_("房屋等级"), choices=codes.DwellingGrade.choices)
    homes = models.PositiveSmallIntegerField(_("住房套数"), null=True, blank=True)
    income_month = MoneyField(_("月收入（元）"))
    income_year = MoneyField(_("年收入（元）"))
    rigid_spending_year = MoneyField(_("年刚性支出（元）"))
    assets = MoneyField(_("金融资产（元）"))
    vehicles = models.PositiveSmallIntegerField(_("车辆数"), null=True, blank=True)
    vehicles_value = MoneyField(_("车辆价值（元）"))
    companies = models.PositiveSmallIntegerField(_("名下企业数"), null=True, blank=True)
    electricity_account = models.CharField(_("用电户号"), max_length=40, blank=True)
    water_account = models.CharField(_("用水户号"), max_length=40, blank=True)
    gas_account = models.CharField(_("用气户号"), max_length=40, blank=True)
    bank_account = SealedField(_("银行账号"), null=True, blank=True)
    bank_account_index = models.BinaryField(max_length=32, null=True, blank=True)
    # registered at the desk, not yet in the county's own register
    is_provisional = models.BooleanField(_("临时登记"), default=False)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("category", codes.Category, "household_category"),
            one_of("granted_category", codes.Category, "household_granted_category"),
            one_of("review_class", codes.ReviewClass, "household_review_class"),
            one_of("housing", codes.Housing, "household_housing"),
            one_of("dwelling_grade", codes.DwellingGrade, "household_dwelling_grade"),
        ]
        indexes = [by_division("household_division")]

    def __str__(self) -> str:
        return self.household_no


class Person(StatusHolder):
    """One human being, known by number.

    Columns come from the registration with the lowest number, `person_no`; the others are rows of
    Membership.
    """

    # deferred: two people may exchange numbers within one import
    person_no = models.CharField(_("人员编号"), max_length=40)
    id_number = SealedField(_("身份证号码"))
    id_index = models.BinaryField(max_length=32, unique=True)
    id_tail = models.CharField(_("号码后四位"), max_length=4)
    name = models.CharField(_("姓名"), max_length=60)
    name_pinyin = models.CharField(_("拼音"), max_length=200)
    sex = CodeField(_("性别"), choices=codes.Sex.choices)
    birth_on = models.DateField(_("出生日期"))
    division_code = models.CharField(_("区划代码"), max_length=12)
    guardian_no = models.CharField(_("监护人编号"), max_length=40, blank=True)
    father_state = CodeField(_("父亲情况"), choices=codes.ParentState.choices)
    mother_state = CodeField(_("母亲情况"), choices=codes.ParentState.choices)
    obligor_state = CodeField(_("义务人情况"), choices=codes.ObligorState.choices)
    ethnicity = models.CharField(_("民族"), max_length=30, blank=True)
    hukou_division = models.CharField(_("户籍区划"), max_length=12, blank=True)
    marital = models.CharField(_("婚姻状况"), max_length=30, blank=True)
    education = models.CharField(_("文化程度"), max_length=30, blank=True)
    employment = models.CharField(_("就业状况"), max_length=30, blank=True)
    unemployed_since = models.DateField(_("失业日期"), null=True, blank=True)
    labour = CodeField(_("劳动能力"), choices=codes.Labour.choices)
    school_stage = CodeField(_("就学阶段"), choices=codes.SchoolStage.choices)
    income_month = MoneyField(_("月收入（元）"))
    health = models.CharField(_("健康状况"), max_length=30, blank=True)
    severe_illness = models.BooleanField(_("重病"), null=True)
    disability_category = CodeField(_("残疾类别"), choices=codes.DisabilityCategory.choices)
    disability_grade = models.PositiveSmallIntegerField(
        _("残疾等级"), choices=codes.DisabilityGrade.choices, null=True, blank=True
    )
    disability_from = models.DateField(_("残疾证发证日期"), null=True, blank=True)
    disability_to = models.DateField(_("残疾证有效期至"), null=True, blank=True)
    care_level = CodeField(_("护理等级"), choices=codes.CareLevel.choices)
    care_status = CodeField(_("儿童类别"), choices=codes.CareStatus.choices)
    insured = models.BooleanField(_("参加医保"), null=True)
    medical_own_cost_year = MoneyField(_("近12个月自付医疗费（元）"))
    phone = SealedField(_("电话"), null=True, blank=True)
    phone_index = models.BinaryField(max_length=32, null=True, blank=True)
    bank_account = SealedField(_("银行账号"), null=True, blank=True)
    bank_account_index = models.BinaryField(max_length=32, null=True, blank=True)
    imprisoned_on = models.DateField(_("服刑日期"), null=True, blank=True)
    moved_on = models.DateField(_("迁出日期"), null=True, blank=True)
    died_on = models.DateField(_("死亡日期"), null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person_no"], name="person_no_once", deferrable=Deferrable.DEFERRED
            ),
            one_of("category", codes.Category, "person_category"),
            one_of("granted_category", codes.Category, "person_granted_category"),
            one_of("sex", codes.Sex, "person_sex"),
            one_of("father_state", codes.ParentState, "person_father_state"),
            one_of("mother_state", codes.ParentState, "person_mother_state"),
            one_of("obligor_state", codes.ObligorState, "person_obligor_state"),
            one_of("labour", codes.Labour, "person_labour"),
            one_of("school_stage", codes.SchoolStage, "person_school_stage"),
            one_of("disability_category", codes.DisabilityCategory, "person_disability"),
            one_of("care_level", codes.CareLevel, "person_care_level"),
            one_of("care_status", codes.CareStatus, "person_care_status"),
            models.CheckConstraint(
                condition=Q(disability_grade__range=(1, 4)), name="person_disability_grade"
            ),
        ]
        indexes = [
            models.Index(fields=["name"], name="person_name", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["id_tail"], name="person_id_tail"),
            models.Index(fields=["bank_account_index"], name="person_bank_account"),
            by_division("person_division"),
        ]

    def __str__(self) -> str:
        return self.name

    def open_id_number(self) -> str:
        """The number itself: for those who may see it and have said why."""
        return crypto.decrypt(self.id_number)

    def open_phone(self) -> str:
        return crypto.decrypt(self.phone) if self.phone else ""

    def open_bank_account(self) -> str:
        return crypto.decrypt(self.bank_account) if self.bank_account else ""


class Membership(models.Model):
    """A registration: ties a person to a household from a day to a day (not counted)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    person_no = models.CharField(_("人员编号"), max_length=40, unique=True)
    relation = CodeField(_("与户主关系"), choices=codes.Relation.choices)
    member_from = models.DateField(_("加入日期"), null=True, blank=True)
    member_to = models.DateField(_("离开日期"), null=True, blank=True)
    division_code = models.CharField(_("区划代码"), max_length=12)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("relation", codes.Relation, "membership_relation"),
            models.CheckConstraint(
                condition=Q(member_to__gte=F("member_from")), name="membership_span"
            ),
        ]
        indexes = [by_division("membership_division")]

    def __str__(self) -> str:
        return self.person_no


class Span(models.Model):
    """What is known of a benefit at one time: its days, its sum, its kind."""

    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止（不含）"), null=True, blank=True)
    amount_yuan = MoneyField(_("金额（元）"))
    form = CodeField(_("形式"), choices=codes.Form.choices)
    measure = models.CharField(_("帮扶措施"), max_length=200, blank=True)
    cause = models.CharField(_("事由"), max_length=200, blank=True)
    bill_no = models.CharField(_("票据号"), max_length=60, blank=True)
    bill_total_yuan = MoneyField(_("票据金额（元）"))
    granted_on = models.DateField(_("决定日期"), null=True, blank=True)
    # parts of one outcome: [{"measure", "amount", "form"}…]
    lines = models.JSONField(_("分项"), default=list)

    class Meta:
        abstract = True


class Benefit(Span):
    """What was granted: one row an approved outcome. Ended, never deleted."""

    source = models.ForeignKey(OrgUnit, models.PROTECT, related_name="benefits")
    source_ref = models.CharField(_("来源编号"), max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="benefits")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="benefits")
    matter = models.CharField(_("事项"), max_length=40)
    case_id = models.BigIntegerField(null=True, blank=True)
    matter_id = models.BigIntegerField(null=True, blank=True)
    division_code = models.CharField(_("区划代码"), max_length=12)

    objects = BenefitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_ref"], name="benefit_once"),
            models.UniqueConstraint(
                fields=["matter_id"], name="benefit_once_a_matter", condition=~Q(matter_id=None)
            ),
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(household=None), name="benefit_one_beneficiary"
            ),
            models.CheckConstraint(condition=Q(amount_yuan__gte=0), name="benefit_amount"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="benefit_span"),
            models.CheckConstraint(condition=Q(form__in=codes.Form.values), name="benefit_form"),
        ]
        indexes = [
            models.Index(fields=["matter"], name="benefit_matter"),
            by_division("benefit_division"),
        ]

    def __str__(self) -> str:
        return f"{self.matter} {self.source_ref}"


class BenefitVersion(Span):
    """A benefit as it was known from an event on (until the next version's event)."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="versions")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", db_index=False)

    objects = BenefitVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["benefit", "event"], name="version_once_an_event")
        ]

    def __str__(self) -> str:
        return f"{self.benefit_id}@{self.event_id}"


class Unscreened(models.Model):
    """Somebody, or a household, that something changed for since it was last screened.

    Rows are only added here and deleted by the screening, so that nobody waits for anybody.
    """

    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+", db_index=False)
    household = models.ForeignKey(
        Household, models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(household=None), name="unscreened_one"
            )
        ]

    def __str__(self) -> str:
        return f"person {self.person_id} household {self.household_id}"


class Payment(models.Model):
    """Money that went out."""

    source = models.ForeignKey(OrgUnit, models.PROTECT, related_name="payments")
    source_ref = models.CharField(_("来源编号"), max_length=80)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="payments")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="payments")
    benefit = models.ForeignKey(Benefit, models.SET_NULL, null=True, related_name="payments")
    matter = models.CharField(_("事项"), max_length=40)
    paid_on = models.DateField(_("发放日期"))
    amount_yuan = MoneyField(_("金额（元）"), null=False, blank=False)
    period = models.CharField(_("所属月份"), max_length=7, blank=True)
    benefit_ref = models.CharField(_("待遇编号"), max_length=80, blank=True)
    bill_no = models.CharField(_("票据号"), max_length=60, blank=True)
    division_code = models.CharField(_("区划代码"), max_length=12)

    objects = InDivisions.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_ref"], name="payment_once"),
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(household=None), name="payment_one_beneficiary"
            ),
        ]
        indexes = [by_division("payment_division")]

    def __str__(self) -> str:
        return f"{self.matter} {self.source_ref}"


class Reading(models.Model):
    """What a household's meter said for a month."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="readings", db_index=False
    )
    kind = CodeField(_("种类"), choices=codes.ReadingKind.choices)
    month = models.DateField(_("月份（首日）"))
    amount = models.DecimalField(_("用量"), max_digits=12, decimal_places=2)
    division_code = models.CharField(_("区划代码"), max_length=12)

    objects = InDivisions.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["household", "kind", "month"], name="reading_once"),
            models.CheckConstraint(
                condition=Q(kind__in=codes.ReadingKind.values), name="reading_kind"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="reading_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.kind} {self.month}"
