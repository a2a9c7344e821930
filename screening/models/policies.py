"""Published policy packages 政策礼包 and who has read them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from screening.policy_querysets import PolicyQuerySet, PolicyReadingQuerySet


class Policy(models.Model):
    """One version of a matter's policy package, as it was published. Never changed.

    `generated` are the sections of `screening.policy_text` of that day, in Chinese; `notes` and
    `contacts` are what the editor added. The hash stands for all three.
    """

    code = models.CharField(_("事项"), max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    starts_on = models.DateField(_("起"))
    notes = models.TextField(_("补充说明"), blank=True)
    contacts = models.TextField(_("咨询电话和地址"), blank=True)
    generated = models.JSONField(_("自动生成的内容"))
    content_hash = models.CharField(_("内容摘要"), max_length=64)
    published_at = models.DateTimeField(_("发布时间"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = PolicyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="policy_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class PolicyReading(models.Model):
    """A member of staff has read a version: the first time counts."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField(_("阅读时间"))

    objects = PolicyReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "user"], name="policy_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.user_id}"
