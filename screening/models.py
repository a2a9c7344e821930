"""Findings that are kept from one screening to the next."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households.models import Household, Person
from screening.querysets import FindingQuerySet


class Finding(models.Model):
    """A rule that holds for somebody. One row while it holds; nothing stops by itself.

    `facts` are what the rule read, `digest` stands for them: what was dismissed stays dismissed
    until they change. Closed when its cause is gone.
    """

    class Kind(models.TextChoices):
        MISSED = "missed", _("应享未享")
        DUPLICATE = "duplicate", _("重复享受")
        EXCESSIVE = "excessive", _("超标享受")
        UNKNOWN = "unknown", _("无法判断")

    class Status(models.TextChoices):
        OPEN = "open", _("待核实")
        CONFIRMED = "confirmed", _("属实")
        DISMISSED = "dismissed", _("不属实")
        CLOSED = "closed", _("已消除")

    rule = models.CharField(_("规则"), max_length=60)
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    person = models.ForeignKey(Person, models.PROTECT, related_name="findings")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="findings")
    division_code = models.CharField(_("区划代码"), max_length=12)
    matter = models.CharField(_("事项"), max_length=40)
    other_matter = models.CharField(_("对照事项"), max_length=40, blank=True)
    amount_month = models.DecimalField(
        _("每月金额（元）"), max_digits=12, decimal_places=2, null=True
    )
    since = models.DateField(_("起"), null=True)
    reason = models.CharField(_("理由"), max_length=1000)
    article = models.CharField(_("条款"), max_length=500, blank=True)
    table = models.CharField(_("决策表"), max_length=60)
    version = models.PositiveIntegerField(_("版本"))
    row = models.CharField(_("行"), max_length=100)
    facts = models.JSONField(_("事实"), default=dict)
    missing = models.JSONField(_("缺少的资料"), default=list)
    digest = models.CharField(max_length=64)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="open")
    opened_at = models.DateTimeField(_("发现时间"))
    closed_at = models.DateTimeField(_("消除时间"), null=True)
    resolved_at = models.DateTimeField(_("核实时间"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    resolution = models.CharField(_("核实意见"), max_length=1000, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "rule", "matter"],
                name="finding_holds_once",
                condition=~Q(status="closed"),
            ),
        ]
        indexes = [models.Index(fields=["division_code", "id"], name="finding_division")]

    def __str__(self) -> str:
        return f"{self.rule} {self.person_id}"


from screening.rehearsal_models import Rehearsal  # noqa: E402, F401 - a model of this room
