"""Steps about incidents: kept, settled, closed when the instance went on."""

import traceback
from datetime import datetime

from django.db.models import Q

from common import clock
from workflows.errors import EngineStepError
from workflows.models import Incident, Instance


def record_incident(error: EngineStepError) -> Incident:
    """Keep a failed step as an incident, once for the same step of the same instance.

    In a transaction of its own: the failed one was rolled back.
    """
    at = clock.now()
    rows = Incident.objects.open().filter(element=error.element, kind=error.kind)
    rows = rows.filter(Q(instance=error.instance_id) if error.instance_id else Q(instance=None))
    found = rows.select_for_update().first()
    if found is not None:
        found.retried_at, found.retry = at, error.retry
        found.save(update_fields=["retried_at", "retry"])
        return found
    if error.instance_id is not None:
        Instance.objects.filter(pk=error.instance_id).update(has_incident=True)
    return Incident.objects.create(
        instance_id=error.instance_id,
        element=error.element,
        kind=error.kind,
        message=error.reason[:500],
        detail="".join(traceback.format_exception(error))[:10_000],
        retry=error.retry,
        opened_at=at,
    )


def settle_incident(incident: Incident) -> None:
    """Close an incident that a person has dealt with."""
    if incident.closed_at is None:
        incident.closed_at = clock.now()
        incident.save(update_fields=["closed_at"])
    instance = incident.instance
    if instance is not None and not instance.incidents.open().exists():
        instance.has_incident = False
        instance.save(update_fields=["has_incident"])


def close_all(instance: Instance, at: datetime) -> None:
    """The instance went on, so what stood in its way does so no longer."""
    instance.incidents.open().update(closed_at=at)
    if instance.has_incident:
        instance.has_incident = False
        instance.save(update_fields=["has_incident"])
