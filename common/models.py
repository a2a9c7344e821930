"""Tables that every room uses: the clock's offset, calendar days, events."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.fields import SealedJsonField


class ClockOffset(models.Model):
    """How far a sample database's business clock runs ahead. One row at most."""

    id = models.BooleanField(primary_key=True, default=True)
    days = models.PositiveIntegerField(_("提前天数"), default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=True), name="clock_one_row")]

    def __str__(self) -> str:
        return f"+{self.days}"


class CalendarDay(models.Model):
    """A day that an administrator has declared; goes before the published calendar."""

    on = models.DateField(_("日期"), primary_key=True)
    is_workday = models.BooleanField(_("工作日"))
    note = models.CharField(_("说明"), max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.on}"


class Event(models.Model):
    """What happened, written in the transaction that did it.

    `position` is given later by the one relay, in commit order: ids alone commit out of order.
    Within one stream ids are in order, because the stream's owner is locked when it writes.
    """

    name = models.CharField(_("事件"), max_length=40)
    stream = models.CharField(_("所属"), max_length=40, blank=True)
    at = models.DateTimeField(_("时间"))
    actor_id = models.BigIntegerField(_("经办人"), null=True)
    data = models.JSONField(_("内容"), default=dict)
    position = models.BigIntegerField(_("序号"), null=True, unique=True)
    numbered_at = models.DateTimeField(_("编号时间"), null=True)

    class Meta:
        indexes = [
            models.Index(fields=["stream", "id"], name="event_stream"),
            models.Index(fields=["id"], name="event_unnumbered", condition=models.Q(position=None)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.stream}"


class IdempotencyKey(models.Model):
    """A request that was done, kept in the same transaction as what it did."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    # a copy of personal data
    answer = SealedJsonField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return self.key


class RequestWindow(models.Model):
    """How often somebody has asked for something in a minute (`common.http.limits`).

    Unlogged: a crash forgets it, and no request waits for a disk.
    """

    pk = models.CompositePrimaryKey("scope", "subject")
    scope = models.CharField(max_length=20)
    subject = models.CharField(max_length=60)
    begins = models.BigIntegerField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.scope} {self.subject}"
