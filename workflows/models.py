"""Definitions, instances, and what is projected from an instance's state."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import SealedJsonField
from permissions.models import OrgUnit
from workflows.querysets import (
    IncidentQuerySet,
    InstanceQuerySet,
    TimerQuerySet,
    WorkItemQuerySet,
)


class Definition(models.Model):
    """One version of a process: deployed once, never changed."""

    process_id = models.CharField(_("流程代码"), max_length=100)
    version = models.PositiveIntegerField(_("版本"))
    content_hash = models.CharField(_("内容摘要"), max_length=64)
    source = models.BinaryField(_("流程图"))
    meta = models.JSONField(_("说明"))
    deployed_at = models.DateTimeField(_("部署时间"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["process_id", "version"], name="definition_version"),
            models.UniqueConstraint(fields=["process_id", "content_hash"], name="definition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not kwargs.get("force_insert"):
            raise TypeError("a definition is immutable")
        super().save(*args, **kwargs)


class Instance(models.Model):
    """A running process. `state` is the truth; items, timers, subscriptions are projections."""

    class Status(models.TextChoices):
        RUNNING = "running", _("办理中")
        DONE = "done", _("已办结")
        CANCELLED = "cancelled", _("已取消")
        FAILED = "failed", _("异常")  # given up by an administrator

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="instances")
    owner_type = models.CharField(_("所属类别"), max_length=20)
    owner_id = models.BigIntegerField(_("所属"))
    subject_id = models.BigIntegerField(_("申请"))
    state = models.BinaryField(_("流程状态"))
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="running")
    created_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    step_count = models.PositiveIntegerField(_("步数"), default=0)
    has_incident = models.BooleanField(_("有异常"), default=False)

    objects = InstanceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject_id"], name="instance_subject"),
            models.Index(fields=["owner_type", "owner_id"], name="instance_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_type} {self.owner_id}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.RUNNING


class WorkItem(models.Model):
    """A human step to be done, or done.

    Foreign keys without an index of their own are covered by those below: every step writes here.
    """

    class Status(models.TextChoices):
        READY = "ready", _("待办")
        CLAIMED = "claimed", _("已认领")
        DONE = "done", _("已办结")
        CANCELLED = "cancelled", _("已取消")

    OPEN: ClassVar = ("ready", "claimed")

    instance = models.ForeignKey(Instance, models.PROTECT, related_name="items", db_index=False)
    task_id = models.UUIDField()
    owner_type = models.CharField(_("所属类别"), max_length=20)
    owner_id = models.BigIntegerField(_("所属"))
    subject_id = models.BigIntegerField(_("申请"))
    step = models.CharField(_("步骤"), max_length=100)
    name = models.CharField(_("名称"), max_length=200)
    org_unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(_("岗位"), max_length=20)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="ready")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False
    )
    created_at = models.DateTimeField(_("产生时间"))
    claimed_at = models.DateTimeField(_("认领时间"), null=True)
    finished_at = models.DateTimeField(_("办结时间"), null=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False
    )
    due_at = models.DateTimeField(_("截止时间"), null=True)
    warn_at = models.DateTimeField(_("预警时间"), null=True)
    due_reason = models.TextField(_("时限依据"), blank=True)
    draft = SealedJsonField(_("草稿"), default=dict)
    answers = models.JSONField(_("办理内容"), default=dict)
    delegated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False
    )
    iteration = models.PositiveIntegerField(_("第几次"), default=1)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "task_id"], name="item_once"),
        ]
        indexes = [
            models.Index(fields=["subject_id", "status"], name="item_subject"),
            models.Index(fields=["owner_type", "owner_id"], name="item_owner"),
            # work lists: the open items of a unit, by due time
            models.Index(
                fields=["org_unit", "role", "due_at", "id"],
                name="item_open_of_unit",
                condition=Q(status__in=["ready", "claimed"]),
            ),
            models.Index(
                fields=["assignee", "due_at"],
                name="item_open_of_person",
                condition=Q(status="claimed"),
            ),
            models.Index(fields=["finished_by", "subject_id"], name="item_finished_by"),
            # in which subjects a unit, or a role of it, has or had work
            models.Index(fields=["org_unit", "subject_id", "role"], name="item_unit_subject"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class Timer(models.Model):
    """A moment that an instance waits for. Due times are ours; the engine is told."""

    instance = models.ForeignKey(Instance, models.PROTECT, related_name="timers", db_index=False)
    task_id = models.UUIDField()
    element = models.CharField(_("步骤"), max_length=100)
    due_at = models.DateTimeField(_("到期时间"))
    fired_at = models.DateTimeField(_("触发时间"), null=True)

    objects = TimerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "task_id"], name="timer_once"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="timer_to_fire", condition=Q(fired_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.element} {self.due_at:%F %R}"


class Subscription(models.Model):
    """A message that an instance waits for."""

    instance = models.ForeignKey(
        Instance, models.PROTECT, related_name="subscriptions", db_index=False
    )
    task_id = models.UUIDField()
    element = models.CharField(_("步骤"), max_length=100)
    message = models.CharField(_("消息"), max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "task_id"], name="subscription_once"),
        ]
        indexes = [models.Index(fields=["message"], name="subscription_message")]

    def __str__(self) -> str:
        return self.message


class Incident(models.Model):
    """A step that the engine could not take; nothing of it was kept.

    retry: what was tried, so that it can be tried again.
    """

    instance = models.ForeignKey(
        Instance, models.PROTECT, related_name="incidents", null=True, blank=True
    )
    element = models.CharField(_("步骤"), max_length=100, blank=True)
    kind = models.CharField(_("类别"), max_length=40)
    message = models.CharField(_("说明"), max_length=500)
    detail = models.TextField(_("详情"), blank=True)
    retry = models.JSONField(_("重试"), default=dict)
    opened_at = models.DateTimeField(_("发生时间"))
    closed_at = models.DateTimeField(_("关闭时间"), null=True)
    retried_at = models.DateTimeField(_("重试时间"), null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["instance", "element"], name="incident_open", condition=Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.element}"
