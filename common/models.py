"""Tables that every room uses: clock, calendar days, events, history, seals of logs."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.append_only import LogRow
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


class Event(LogRow):
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
            models.Index(fields=["place", "id"], name="event_place"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.stream}"


class Change(LogRow):
    """变更历史: what a row of a business table was before. Written by triggers alone.

    `changed`: column to [before, after], or to true where the content is protected. `by` is the
    use case and `actor_id` its user, as far as it said who that is.
    """

    class Operation(models.TextChoices):
        INSERT = "insert", _("新增")
        UPDATE = "update", _("修改")
        DELETE = "delete", _("删除")

    # the machine's time, whatever the business clock says
    at = models.DateTimeField(_("时间"), db_default=Now())
    name = models.CharField(_("表"), max_length=63)
    row_id = models.CharField(_("行"), max_length=40)
    operation = models.CharField(_("操作"), max_length=6, choices=Operation.choices)
    changed = models.JSONField(_("内容"))
    actor_id = models.BigIntegerField(_("人员"), null=True)
    by = models.CharField(_("操作名"), max_length=100)
    request_id = models.CharField(_("请求编号"), max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["name", "row_id", "id"], name="change_row"),
            models.Index(fields=["place", "id"], name="change_place"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.name} {self.row_id}"


class Seal(models.Model):
    """One batch of a log, sealed: a digest of its rows, chained to the seal before it.

    Rows belong to it whose (place, id) lies after `after` and not after `through`. `mac` is made
    with a key outside the database. A seal with `pruned_through` seals no rows: it says up to
    which seal rows were removed by policy.
    """

    log = models.CharField(max_length=63)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    after_place = models.BigIntegerField()
    after_id = models.BigIntegerField()
    through_place = models.BigIntegerField()
    through_id = models.BigIntegerField()
    first_id = models.BigIntegerField(null=True)
    last_id = models.BigIntegerField(null=True)
    rows = models.IntegerField()
    # what a row's digest is made of, so that a column may be added later
    columns = ArrayField(models.CharField(max_length=63), default=list)
    digest = models.BinaryField(max_length=32)
    pruned_through = models.BigIntegerField(null=True)
    mac = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "number"], name="seal_once")]

    def __str__(self) -> str:
        return f"{self.log} {self.number}"


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
