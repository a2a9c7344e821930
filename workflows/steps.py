"""Steps of the workflow room: run inside the caller's transaction, one instance each.

Order of locks: instance, then what the owner locks in `before_write` (its case), then rows. The
engine runs before anything is written; state and its projections are written together.
"""

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from common import clock
from common.errors import ConflictError, InputError, MissingError
from workflows import hooks, operators, projections
from workflows.definitions import compiled, latest
from workflows.engine.run import Process
from workflows.errors import EngineStepError
from workflows.hooks import End, StepResult
from workflows.models import Definition, Incident, Instance, Subscription, Timer, WorkItem
from workflows.projections import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from permissions.models import User

__all__ = [
    "StepResult",
    "advance",
    "cancel_open",
    "close_engine",
    "deliver_message",
    "fire_timer",
    "insist_open",
    "lock_work_item",
    "projection_differences",
    "rebuild_projections",
    "record_incident",
    "return_item",
    "returnable_steps",
    "settle_incident",
    "start_instance",
]

Prepare = Callable[[Instance], None]


def start_instance(  # noqa: PLR0913 - what an instance is
    *,
    process_id: str,
    owner_type: str,
    owner_id: int,
    subject_id: int,
    data: dict[str, Any],
    actor: "User | None",
    definition: Definition | None = None,
    prepare: Prepare | None = None,
) -> Instance:
    """Start a process and run it to its first rest.

    data: variables; only those the diagram names enter, scalars only. definition: the latest of
    that process unless given. prepare: called with the instance, not saved yet, before any hook.
    Raises MissingError for an unknown process, EngineStepError.
    """
    try:
        definition = definition or latest(process_id)
    except Definition.DoesNotExist as error:
        raise MissingError("not-found", process_id) from error
    instance = Instance(
        definition=definition,
        owner_type=owner_type,
        owner_id=owner_id,
        subject_id=subject_id,
        state=b"",
        created_at=clock.now(),
    )
    if prepare is not None:
        prepare(instance)
    process = Process.start(compiled(instance.definition_id), data)
    _move(instance, process, process.run, actor=actor, before=Wanted({}, {}, {}))
    return instance


def lock_work_item(item_id: int) -> WorkItem:
    """A work item as it is once its instance is locked; its status is not judged.

    Raises MissingError. The item's own row is not locked: whatever changes it holds the
    instance's lock, or the owner's, which `before_write` takes.
    """
    instance = Instance.objects.select_for_update(of=("self",)).filter(items=item_id).first()
    item = WorkItem.objects.filter(pk=item_id).first() if instance else None
    if instance is None or item is None:
        raise MissingError
    item.instance = instance
    return item


def insist_open(item: WorkItem, actor: "User") -> None:
    """Raises ConflictError: already-done, task-cancelled, or not-claimed by this person."""
    if item.status == WorkItem.Status.DONE:
        raise ConflictError("already-done")
    if item.status == WorkItem.Status.CANCELLED or not item.instance.is_open:
        raise ConflictError("task-cancelled")
    if item.status != WorkItem.Status.CLAIMED or item.assignee_id != actor.pk:
        raise ConflictError("not-claimed", assignee=item.assignee_id)


def advance(item: WorkItem, *, actor: "User", answers: dict[str, Any]) -> StepResult:
    """Finish a locked work item and let its process go on.

    answers: cleaned, field to JSON value; kept whole on the item, of which only the variables
    that the diagram names enter the process. Raises ConflictError already-done or task-cancelled,
    EngineStepError.
    """
    if not item.is_open:
        done = item.status == WorkItem.Status.DONE
        raise ConflictError("already-done" if done else "task-cancelled")
    process = _load(item.instance)

    def finish(at: datetime) -> WorkItem:
        item.status, item.finished_at, item.finished_by = WorkItem.Status.DONE, at, actor
        item.answers, item.draft = answers, {}
        fields = ["status", "finished_at", "finished_by", "answers", "draft"]
        item.save(update_fields=fields)
        return item

    return _move(
        item.instance,
        process,
        lambda: process.complete(item.task_id, answers),
        actor=actor,
        finish=finish,
        retry={"action": "complete", "item": item.pk},
    )


def returnable_steps(item: WorkItem) -> list[tuple[str, str]]:
    """(element id, name) of the finished human steps that led to an item, the latest first."""
    process = _load(item.instance)
    names = process.compiled.meta["steps"]
    return [(step, names[step]["name"]) for step in process.earlier(item.task_id)]


def return_item(item: WorkItem, *, step: str | None, actor: "User") -> StepResult:
    """Go back to the human step before a locked item, or to a named earlier one.

    All that followed from that step is undone, parallel branches and joins included: its open
    items become cancelled, its timers and subscriptions go, variables are what they were before.
    Finished items stay as history; the step that comes again has their answers as its draft.
    Raises InputError for a step that did not lead here, ConflictError for an item not open.
    """
    if not item.is_open:
        done = item.status == WorkItem.Status.DONE
        raise ConflictError("already-done" if done else "task-cancelled")
    process = _load(item.instance)
    earlier = process.earlier(item.task_id)
    target = step or (earlier[0] if earlier else None)
    if target not in earlier:
        raise InputError("invalid-data", field="step")
    return _move(
        item.instance,
        process,
        lambda: process.go_back(item.task_id, str(target)),
        actor=actor,
        retry={"action": "return", "item": item.pk},
    )


def deliver_message(
    *, instance_id: int, message: str, payload: dict[str, Any]
) -> StepResult | None:
    """Tell an instance a message; None when it is closed or nothing in it waits for that.

    Locks the instance. payload: flat; its keys become variables where the diagram names them.
    """
    instance = Instance.objects.select_for_update(of=("self",)).filter(pk=instance_id).first()
    if instance is None or not instance.is_open:
        return None
    process = _load(instance)
    names = process.compiled.meta["messages"]
    waiting = [k for k, e in process.waiting("message").items() if names[e] == message]
    if not waiting:
        return None
    return _move(
        instance,
        process,
        lambda: process.fire(waiting, payload),
        retry={"action": "message", "message": message, "payload": payload},
    )


def fire_timer(timer_id: int, *, skip_locked: bool = True) -> StepResult | None:
    """Tell an instance that a timer's moment has come.

    None when it fired already or is gone, and when another worker holds the instance (with
    skip_locked): that timer stays for the next round. Whether it is due is the caller's look.
    """
    rows = Instance.objects.select_for_update(of=("self",), skip_locked=skip_locked)
    instance = rows.filter(timers=timer_id, status="running").first()
    timer = Timer.objects.filter(pk=timer_id, fired_at=None).first() if instance else None
    if instance is None or timer is None:
        return None
    process = _load(instance)

    def finish(at: datetime) -> None:
        Timer.objects.filter(pk=timer.pk).update(fired_at=at)

    return _move(
        instance,
        process,
        lambda: process.fire([timer.task_id], {}),
        finish=finish,
        retry={"action": "timer", "timer": timer.pk},
    )


def cancel_open(
    *, subject_id: int | None = None, instance_ids: Iterable[int] | None = None
) -> list[WorkItem]:
    """Take away the open work of a subject or of some instances at once, in few statements.

    Items become cancelled, timers and subscriptions go. The instances themselves are not touched
    nor locked (the caller holds the owner's lock, which comes after theirs): a job closes their
    engines.
    """
    chosen = (
        {"instance__subject_id": subject_id}
        if instance_ids is None
        else {"instance_id__in": list(instance_ids)}
    )
    if chosen.get("instance__subject_id", 0) is None:
        raise TypeError("cancel_open needs a subject or instances")
    at = clock.now()
    items = list(WorkItem.objects.open().filter(**chosen).order_by("pk"))
    ids = [item.pk for item in items]
    if ids:
        WorkItem.objects.open().filter(pk__in=ids).update(status="cancelled", finished_at=at)
    for item in items:
        item.status, item.finished_at = WorkItem.Status.CANCELLED, at
    Timer.objects.filter(fired_at=None, **chosen).delete()
    Subscription.objects.filter(**chosen).delete()
    return items


def close_engine(instance_id: int) -> None:
    """Cancel an instance for good. Done again, or on an ended instance, it does nothing."""
    instance = Instance.objects.select_for_update(of=("self",)).filter(pk=instance_id).first()
    if instance is None or not instance.is_open:
        return
    cancel_open(instance_ids=[instance_id])
    process = _load(instance)
    process.cancel()
    instance.state, instance.status, instance.ended_at = process.dump(), "cancelled", clock.now()
    instance.save(update_fields=["state", "status", "ended_at"])
    _close_incidents(instance, instance.ended_at)


def rebuild_projections(instance_ids: Iterable[int]) -> int:
    """Make items, timers and subscriptions what the states say; returns how many rows differed.

    A surplus item becomes cancelled, a missing one is placed anew by the owner.
    """
    changed = 0
    for pk in instance_ids:
        instance = Instance.objects.select_for_update(of=("self",)).get(pk=pk)
        process = _load(instance)
        after = Wanted.of(process) if instance.is_open else Wanted({}, {}, {})
        made = projections.write(
            instance, process, projections.held(instance), after, at=clock.now()
        )
        changed += len(made.items) + len(made.timers)
        changed += len(made.subscriptions) + len(made.cancelled)
    return changed


def projection_differences(instances: Iterable[Instance] | None = None) -> list[dict[str, Any]]:
    """Where projections are not what the states say; see projections.differences."""
    rows = Instance.objects.order_by("pk").iterator() if instances is None else instances
    return [found for instance in rows for found in projections.differences(instance)]


def record_incident(error: EngineStepError, detail: str = "") -> Incident:
    """Keep a failed step as an incident, once for the same step of the same instance.

    In a transaction of its own: the failed one was rolled back.
    """
    at = clock.now()
    rows = Incident.objects.open().filter(
        instance_id=error.instance_id, element=error.element, kind=error.kind
    )
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
        detail=detail[:10_000],
        retry=error.retry,
        opened_at=at,
    )


def settle_incident(incident: Incident) -> None:
    """Close an incident that a person has dealt with."""
    if incident.closed_at is None:
        incident.closed_at = clock.now()
        incident.save(update_fields=["closed_at"])
    if incident.instance is not None and not incident.instance.incidents.open().exists():
        Instance.objects.filter(pk=incident.instance_id).update(has_incident=False)


def _load(instance: Instance) -> Process:
    return Process.load(compiled(instance.definition_id), bytes(instance.state))


def _move(  # noqa: PLR0913 - one place where an instance moves
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
    with _named(instance, retry):
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
        _close_incidents(instance, at)
    instance.save(update_fields=fields if instance.pk else None)


def _close_incidents(instance: Instance, at: datetime) -> None:
    """The instance went on, so what stood in its way does so no longer."""
    instance.incidents.open().update(closed_at=at)
    if instance.has_incident:
        instance.has_incident = False
        instance.save(update_fields=["has_incident"])


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
def _named(instance: Instance, retry: dict[str, Any] | None) -> "Iterator[None]":
    """Let an engine's failure know whose it is and how to try again."""
    try:
        yield
    except EngineStepError as error:
        error.instance_id = instance.pk
        error.retry = retry or {}
        raise
