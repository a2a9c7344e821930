"""How an instance moves: the engine runs, state and projections are written, the owner is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from common import clock, direct, timing
from workflows import hooks, incidents, operators, projections
from workflows.definitions import compiled
from workflows.engine.run import Process
from workflows.errors import EngineStepError
from workflows.hooks import End, StepResult
from workflows.models import Instance, WorkItem
from workflows.projections import Wanted

if TYPE_CHECKING:
    from permissions.models import User


def load(instance: Instance) -> Process:
    found = compiled(instance.definition_id)
    with timing.part("engine"):
        return Process.load(found, bytes(instance.state))


def move(  # noqa: PLR0913 - one place where an instance moves
    instance: Instance,
    process: Process,
    action: Callable[[], None],
    *,
    actor: "User | None" = None,
    finish: Callable[[datetime], WorkItem | None] | None = None,
    before: Wanted | None = None,
    retry: dict[str, Any] | None = None,
) -> StepResult:
    """Run the engine, then write state and projections, then tell the owner."""
    before = before or Wanted.of(process)
    process.call = lambda name, parameters: operators.call(name, instance, parameters)
    with _named(instance, retry), timing.part("engine"):
        action()
        after = Wanted.of(process)
        for task_id, element in after.items.items():
            if task_id not in before.items:
                process.visit(element)
        state = process.dump()
    owner, at = hooks.hooks_for(instance.owner_type), clock.now()
    owner.before_write(instance)
    _save_state(instance, process, state, at)
    finished = finish(at) if finish else None
    if finished is not None:
        before.items.pop(finished.task_id, None)
    changed = projections.write(instance, process, before, after, at=at)
    result = StepResult(
        instance=instance,
        finished=finished,
        created=changed.items,
        cancelled=changed.cancelled,
        subscribed=changed.subscriptions,
        timers=changed.timers,
        fired=process.fired,
        ended=_end(process),
        data=dict(process.data),
        actor=actor,
        open_items=len(after.items),
        open_timers=len(after.timers),
        open_messages={process.compiled.meta["messages"][e] for e in after.messages.values()},
    )
    owner.after_step(result)
    return result


def _save_state(instance: Instance, process: Process, state: bytes, at: datetime) -> None:
    instance.state = state
    instance.step_count += len(process.fired)
    fields = ["state", "step_count"]
    if process.is_done:
        instance.status, instance.ended_at = Instance.Status.DONE, at
        fields += ["status", "ended_at"]
    if instance.has_incident:
        incidents.close_all(instance, at)
    if instance.pk is None:
        direct.add([instance])
    else:
        direct.change(instance, fields)


def _end(process: Process) -> End | None:
    if not process.is_done:
        return None
    ends = process.compiled.meta["ends"]
    ran = [element for element in process.fired if element in ends]
    if not ran:
        return None
    named = [element for element in ran if ends[element]["outcome"]]
    element = (named or ran)[-1]
    row = ends[element]
    return End(element, row["outcome"], dict(process.data), row["name"])


@contextmanager
def _named(instance: Instance, retry: dict[str, Any] | None) -> Iterator[None]:
    """Let an engine's failure know whose it is and how to try again."""
    try:
        yield
    except EngineStepError as error:
        error.instance_id = instance.pk
        error.retry = retry or {}
        raise
