"""Corrections: aid that runs twice or too far by a confirmed finding; a department decides."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households.models import Benefit
from permissions.models import OrgUnit
from screening.querysets import CorrectionQuerySet


class Correction(models.Model):
    """A stop, with what is to come back, or a reasoned no; one that is open for each finding.

    due_at: the first moment after the limit. ends_on: the first day without the aid.
    recover_yuan: what was paid and is to be recovered (追缴).
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待核定")
        STOPPED = "stopped", _("已停发")
        KEPT = "kept", _("继续发放")

    finding = models.ForeignKey("Finding", models.PROTECT, related_name="corrections")
    org_unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="corrections")
    division_code = models.CharField(_("区划代码"), max_length=12)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="open")
    opened_at = models.DateTimeField(_("提出时间"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_at = models.DateTimeField(_("核定期限"))
    benefit = models.ForeignKey(Benefit, models.PROTECT, null=True, related_name="corrections")
    ends_on = models.DateField(_("停发日期"), null=True)
    recover_yuan = models.DecimalField(
        _("追缴金额（元）"), max_digits=12, decimal_places=2, null=True
    )
    decided_at = models.DateTimeField(_("核定时间"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(_("核定理由"), max_length=1000, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], name="correction_open_once", condition=Q(status="open")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.status}"
