"""Steps of the workflow room: run inside the caller's transaction, one instance each.

Order of locks: instance, then what the owner locks in `before_write` (its case), then rows. The
engine runs before anything is written; state and its projections are written together.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from common import clock, direct
from common.errors import ConflictError, InputError, MissingError
from workflows.definitions import compiled, latest
from workflows.engine.run import Process
from workflows.hooks import StepResult
from workflows.incidents import close_all, record_incident, settle_incident
from workflows.models import Definition, Instance, Subscription, Timer, WorkItem
from workflows.moves import load, move
from workflows.projections import Wanted, projection_differences, rebuild_projections

if TYPE_CHECKING:
    from permissions.models import User

__all__ = [
    "StepResult",
    "advance",
    "cancel_open",
    "close_engine",
    "deliver_message",
    "fire_timer",
    "insist_open",
    "lock_instance",
    "lock_work_item",
    "projection_differences",
    "rebuild_projections",
    "record_incident",
    "return_item",
    "returnable_steps",
    "settle_incident",
    "start_instance",
]

Prepare = Callable[[Instance], object]
INSTANCES, ITEMS = direct.Reader(Instance), direct.Reader(WorkItem)
OF_ITEM = """FROM workflows_instance r JOIN workflows_workitem i ON i.instance_id = r.id
WHERE i.id = %s FOR UPDATE OF r"""
OF_OWNER = """FROM workflows_instance r WHERE r.owner_type = %s AND r.owner_id = %s
FOR UPDATE OF r"""


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
    move(instance, process, process.run, actor=actor, before=Wanted({}, {}, {}))
    return instance


def lock_instance(*, owner_type: str, owner_id: int) -> Instance:
    """An owner's instance, locked. Raises MissingError."""
    found = INSTANCES.first(OF_OWNER, [owner_type, owner_id])
    if found is None:
        raise MissingError
    return found


def lock_work_item(item_id: int) -> WorkItem:
    """A work item as it is once its instance is locked; its status is not judged.

    Raises MissingError. The item's own row is not locked: whatever changes it holds the
    instance's lock, or the owner's, which `before_write` takes.
    """
    instance = INSTANCES.first(OF_ITEM, [item_id])
    item = ITEMS.first("FROM workflows_workitem r WHERE r.id = %s", [item_id]) if instance else None
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
    process = load(item.instance)

    def finish(at: datetime) -> WorkItem:
        item.status, item.finished_at, item.finished_by = WorkItem.Status.DONE, at, actor
        item.answers, item.draft = answers, {}
        direct.change(item, ("status", "finished_at", "finished_by_id", "answers", "draft"))
        return item

    return move(
        item.instance,
        process,
        lambda: process.complete(item.task_id, answers),
        actor=actor,
        finish=finish,
        retry={"action": "complete", "item": item.pk},
    )


def returnable_steps(item: WorkItem) -> list[tuple[str, str]]:
    """(element id, name) of the finished human steps that led to an item, the latest first."""
    process = load(item.instance)
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
    process = load(item.instance)
    earlier = process.earlier(item.task_id)
    target = step or (earlier[0] if earlier else None)
    if target not in earlier:
        raise InputError("invalid-data", field="step")
    return move(
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
    return tell(instance, message, payload) if instance is not None else None


def tell(instance: Instance, message: str, payload: dict[str, Any]) -> StepResult | None:
    """As deliver_message, to an instance that is locked and loaded already."""
    if not instance.is_open:
        return None
    process = load(instance)
    names = process.compiled.meta["messages"]
    waiting = [k for k, e in process.waiting("message").items() if names[e] == message]
    if not waiting:
        return None
    return move(
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
    process = load(instance)

    def finish(at: datetime) -> None:
        Timer.objects.filter(pk=timer.pk).update(fired_at=at)

    return move(
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
    if instance_ids is None:
        if subject_id is None:
            raise TypeError("cancel_open needs a subject or instances")
        # two steps: joined, the planner reads every open item of the county
        rows = Instance.objects.filter(subject_id=subject_id)
        instance_ids = rows.values_list("pk", flat=True)
    chosen = {"instance_id__in": list(instance_ids)}
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
    process = load(instance)
    process.cancel()
    instance.state, instance.status, instance.ended_at = process.dump(), "cancelled", clock.now()
    instance.save(update_fields=["state", "status", "ended_at"])
    close_all(instance, instance.ended_at)
