"""Timers that have come due: called by the owner of instances, which has more that falls due."""

from datetime import timedelta

from django.db import OperationalError
from django.db.models import Exists, OuterRef

from common import clock
from common.errors import ConflictError
from common.usecase import use_case
from workflows import steps
from workflows.errors import EngineStepError
from workflows.hooks import StepResult
from workflows.models import Incident, Timer

PAUSE = timedelta(minutes=10)


def fire_due(*, limit: int = 1000) -> int:
    """Fire what is due by the business clock, each timer in its own transaction; how many fired.

    Workers share the work: an instance that another one holds is skipped. A timer that fails
    becomes an incident and is left alone for ten minutes.
    """
    resting = Incident.objects.open().filter(
        instance=OuterRef("instance"), element=OuterRef("element")
    )
    with clock.held():
        now = clock.now()
        rows = Timer.objects.due(now).filter(instance__status="running")
        rows = rows.exclude(Exists(resting.filter(opened_at__gt=now - PAUSE)))
        rows = rows.exclude(Exists(resting.filter(retried_at__gt=now - PAUSE)))
        return sum(_fire_guarded(pk) for pk in list(rows.values_list("pk", flat=True)[:limit]))


def _fire_guarded(timer_id: int) -> bool:
    try:
        return _fire(timer_id=timer_id) is not None
    except EngineStepError as error:
        _record(error=error)
    except (ConflictError, OperationalError):  # its case ended in this moment; or try later
        pass
    except Exception as error:  # noqa: BLE001 - one owner's failure must not hold up the others
        _record(error=_owners(error, timer_id))
    return False


def _owners(error: Exception, timer_id: int) -> EngineStepError:
    timer = Timer.objects.get(pk=timer_id)
    found = EngineStepError("owner", f"{type(error).__name__}: {error}", element=timer.element)
    found.instance_id, found.retry = timer.instance_id, {"action": "timer", "timer": timer_id}
    found.__cause__ = error
    return found


@use_case
def _fire(*, timer_id: int) -> StepResult | None:
    return steps.fire_timer(timer_id)


@use_case
def _record(*, error: EngineStepError) -> None:
    steps.record_incident(error)
