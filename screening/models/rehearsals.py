"""Changes of the rules that are tried before they take effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from permissions.models import User


class RehearsalQuerySet(QuerySet["Rehearsal"]):
    def visible_to(self, user: User) -> Self:
        """All for curators, who look after the whole county; none for anybody else."""
        return self if user.access.may("rule.see") else self.none()


class Rehearsal(models.Model):
    """A changed sum or table, what it would do, and whether it was published.

    `report` is made by a job; `versions` are the packages that it was made with. Whoever publishes
    it is another person than the author: the database insists.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("正在试算")
        READY = "ready", _("待发布")
        FAILED = "failed", _("未能试算")
        PUBLISHED = "published", _("已发布")

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("时间"))
    on = models.DateField(_("试算日期"))
    # key to number as text; short name of a table to DMN
    parameters = models.JSONField(_("参数"), default=dict)
    tables = models.JSONField(_("决策表"), default=dict)
    source = models.CharField(_("依据"), max_length=500, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="running")
    report = models.JSONField(_("试算结果"), null=True)
    versions = models.JSONField(_("所用版本"), default=dict)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("发布时间"), null=True)
    starts_on = models.DateField(_("起"), null=True)
    # the versions that publishing made, by package
    made = models.JSONField(_("发布的版本"), default=dict)

    objects = RehearsalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("author")),
                name="rehearsal_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"
