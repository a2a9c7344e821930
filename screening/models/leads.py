"""Leads: somebody who may need help and has not asked (主动发现)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from households.models import Household, Person
from permissions.models import OrgUnit, User
from screening.querysets import LeadQuerySet


class Lead(models.Model):
    """A township takes it, visits, and says what came of it.

    rule: a row of the table `leads`, of a confirmed finding, or `report`. person is empty while
    nobody knows who exactly it is: then `name` and `place` say. take_by and visit_by are the
    first moments after the limits. One that is not closed for each person and rule.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待接收")
        TAKEN = "taken", _("待走访")
        VISITED = "visited", _("待办结")
        CLOSED = "closed", _("已办结")

    class Result(models.TextChoices):
        CASE_OPENED = "case_opened", _("已立案")
        POLICY_EXPLAINED = "policy_explained", _("已讲解政策")
        CHARITY = "charity", _("转慈善帮扶")
        DISMISSED = "dismissed", _("不属实")
        MOOT = "moot", _("情况已消除")

    class Urgency(models.TextChoices):
        URGENT = "urgent", _("紧急")
        NORMAL = "normal", _("一般")

    rule = models.CharField(_("规则"), max_length=60)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="leads")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="leads")
    name = models.CharField(_("姓名"), max_length=60, blank=True)
    place = models.CharField(_("地址"), max_length=200, blank=True)
    division_code = models.CharField(_("区划代码"), max_length=12)
    township = models.ForeignKey(OrgUnit, models.PROTECT, related_name="leads")
    matter = models.CharField(_("事项"), max_length=40, blank=True)
    other_matter = models.CharField(_("另一事项"), max_length=40, blank=True)
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency.choices)
    reason = models.CharField(_("线索"), max_length=1000)
    article = models.CharField(_("条款"), max_length=500, blank=True)
    table = models.CharField(_("决策表"), max_length=60, blank=True)
    version = models.PositiveIntegerField(_("版本"), null=True)
    row = models.CharField(_("行"), max_length=100, blank=True)
    facts = models.JSONField(_("事实"), default=dict)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="open")
    opened_at = models.DateTimeField(_("发现时间"))
    take_by = models.DateTimeField(_("接收期限"))
    visit_by = models.DateTimeField(_("走访期限"))
    taken_at = models.DateTimeField(_("接收时间"), null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    visited_at = models.DateTimeField(_("走访时间"), null=True)
    visit_note = models.CharField(_("走访情况"), max_length=2000, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    result = models.CharField(_("结果"), max_length=20, choices=Result.choices, blank=True)
    resolution = models.CharField(_("办结意见"), max_length=1000, blank=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="leads")

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "rule"], name="lead_open_once", condition=~Q(status="closed")
            ),
        ]
        indexes = [
            models.Index(fields=["division_code", "id"], name="lead_division"),
            models.Index(fields=["person", "rule"], name="lead_person_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.person_id}"

    def shows_register(self, user: User) -> bool:
        """Who goes to homes sees name and place, not what the register knows of income and
        assets: `facts` are for those who see the division's cases."""
        return user.access.reach("lead.see_facts").covers(self.division_code)

    @property
    def due_at(self) -> datetime | None:
        """The first moment after the limit that runs; None once it was visited."""
        return {"open": self.take_by, "taken": self.visit_by}.get(self.status)


class LeadSource(models.Model):
    """One hit of a rule or one report; several about the same person and rule are one lead."""

    class Channel(models.TextChoices):
        SYSTEM = "system", _("系统比对")
        FINDING = "finding", _("筛查核实")
        GRID = "grid", _("网格员、村干部")
        SCHOOL = "school", _("学校")
        DOCTOR = "doctor", _("医疗机构")
        HOTLINE = "hotline", _("12345 热线")
        NEIGHBOUR = "neighbour", _("群众反映")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="sources")
    channel = models.CharField(_("来源"), max_length=10, choices=Channel.choices)
    text = models.CharField(_("内容"), max_length=1000)
    at = models.DateTimeField(_("时间"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.lead_id} {self.channel}"
