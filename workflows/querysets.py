"""Narrowing of the workflow room's rows."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

if TYPE_CHECKING:
    from workflows.models import Incident, Instance, Timer, WorkItem  # noqa: F401


class InstanceQuerySet(QuerySet["Instance"]):
    def open(self) -> Self:
        return self.filter(status="running")


class WorkItemQuerySet(QuerySet["WorkItem"]):
    def open(self) -> Self:
        return self.filter(status__in=("ready", "claimed"))

    def earlier_than(self, item: "WorkItem") -> Self:
        """Finished visits of the same step, the latest first: to show or to prefill."""
        return self.filter(
            instance_id=item.instance_id, step=item.step, status="done", pk__lt=item.pk
        ).order_by("-pk")


class TimerQuerySet(QuerySet["Timer"]):
    def due(self, at: datetime) -> Self:
        return self.filter(fired_at=None, due_at__lte=at).order_by("due_at", "pk")


class IncidentQuerySet(QuerySet["Incident"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)
