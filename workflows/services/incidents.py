"""Incidents: what the engine could not do, kept for a person, and tried again."""

from typing import Any

from common.errors import MissingError
from common.usecase import use_case
from workflows import steps
from workflows.errors import EngineStepError
from workflows.hooks import StepResult
from workflows.models import Incident


@use_case
def open_incident(*, error: EngineStepError) -> Incident:
    """Keep a failed step, after its own transaction was rolled back.

    The same failure of the same step again is the same incident.
    """
    return steps.record_incident(error)


def retry_incident(*, incident_id: int) -> StepResult | None:
    """Try again what failed: a timer or a message. None where a person must do it again.

    Success closes the incident; failure keeps it and raises EngineStepError.
    """
    row = Incident.objects.open().filter(pk=incident_id).first()
    if row is None:
        raise MissingError
    try:
        return _try_again(row.retry, row.instance_id)
    except EngineStepError as error:
        open_incident(error=error)
        raise


@use_case
def close_incident(*, incident_id: int) -> None:
    """A person has dealt with it."""
    row = Incident.objects.select_for_update().filter(pk=incident_id).first()
    if row is None:
        raise MissingError
    steps.settle_incident(row)


@use_case
def _try_again(retry: dict[str, Any], instance_id: int | None) -> StepResult | None:
    if retry.get("action") == "timer":
        return steps.fire_timer(retry["timer"], skip_locked=False)
    if retry.get("action") == "message" and instance_id is not None:
        return steps.deliver_message(
            instance_id=instance_id, message=retry["message"], payload=retry["payload"]
        )
    return None
