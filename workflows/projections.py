"""Work items, timers and subscriptions: rows that follow from an instance's state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common import clock, direct
from workflows import hooks
from workflows.definitions import compiled
from workflows.engine.run import Process
from workflows.hooks import StepMeta, TimerMeta
from workflows.models import Instance, Subscription, Timer, WorkItem


@dataclass(frozen=True)
class Wanted:
    """What the rows of one instance should be: task id to element id."""

    items: dict[UUID, str]
    timers: dict[UUID, str]
    messages: dict[UUID, str]

    @classmethod
    def of(cls, process: Process) -> "Wanted":
        if process.is_done:
            return cls({}, {}, {})
        return cls(process.ready(), process.waiting("timer"), process.waiting("message"))


@dataclass
class Changed:
    """Rows made and cancelled."""

    items: list[WorkItem]
    timers: list[Timer]
    subscriptions: list[Subscription]
    cancelled: list[WorkItem]


def write(
    instance: Instance, process: Process, before: Wanted, after: Wanted, *, at: datetime
) -> Changed:
    """Bring the rows from one state to the next, each table at most once."""
    done = _drop(instance, before, after, at=at)
    created = [
        _item(instance, process, task_id, element, at=at)
        for task_id, element in after.items.items()
        if task_id not in before.items
    ]
    timers = [
        _timer(instance, process, task_id, element)
        for task_id, element in after.timers.items()
        if task_id not in before.timers
    ]
    names = process.compiled.meta["messages"]
    subscriptions = [
        Subscription(instance=instance, task_id=task_id, element=e, message=names[e])
        for task_id, e in after.messages.items()
        if task_id not in before.messages
    ]
    _prefill(instance, created)
    direct.add(created)
    direct.add(timers)
    direct.add(subscriptions)
    return Changed(created, timers, subscriptions, done)


def step_meta(process_meta: dict[str, Any], element: str, iteration: int = 1) -> StepMeta:
    return StepMeta(id=element, iteration=iteration, **process_meta["steps"][element])


def timer_meta(process_meta: dict[str, Any], element: str) -> TimerMeta:
    return TimerMeta(id=element, **process_meta["timers"][element])


def differences(instance: Instance) -> list[dict[str, Any]]:
    """Where the rows of an instance are not what its state says.

    kind: `item`, `timer` or `subscription`; missing and surplus: element ids. An instance whose
    rows were all taken away at once (its case ended) and whose engine is still to be closed by a
    job is no difference.
    """
    have_now = held(instance)
    after = Wanted({}, {}, {})
    if instance.is_open:
        if not (have_now.items or have_now.timers or have_now.messages):
            return []
        after = Wanted.of(Process.load(compiled(instance.definition_id), bytes(instance.state)))
    found = []
    for kind in ("items", "timers", "messages"):
        have, want = getattr(have_now, kind), getattr(after, kind)
        if have.keys() != want.keys():
            found.append(
                {
                    "instance": instance.pk,
                    "kind": kind,
                    "missing": sorted(v for k, v in want.items() if k not in have),
                    "surplus": sorted(v for k, v in have.items() if k not in want),
                }
            )
    return found


def rebuild_projections(instance_ids: Iterable[int]) -> int:
    """Make items, timers and subscriptions what the states say; returns how many rows differed.

    A surplus item becomes cancelled, a missing one is placed anew by the owner.
    """
    changed = 0
    for pk in instance_ids:
        instance = Instance.objects.select_for_update(of=("self",)).get(pk=pk)
        process = Process.load(compiled(instance.definition_id), bytes(instance.state))
        after = Wanted.of(process) if instance.is_open else Wanted({}, {}, {})
        made = write(instance, process, held(instance), after, at=clock.now())
        changed += len(made.items) + len(made.timers)
        changed += len(made.subscriptions) + len(made.cancelled)
    return changed


def projection_differences(instances: Iterable[Instance] | None = None) -> list[dict[str, Any]]:
    """Where projections are not what the states say; see differences."""
    rows = Instance.objects.order_by("pk").iterator() if instances is None else instances
    return [found for instance in rows for found in differences(instance)]


def held(instance: Instance) -> Wanted:
    """What the rows of an instance are now."""
    return Wanted(
        _column(instance.items.open(), "step"),
        _column(instance.timers.filter(fired_at=None), "element"),
        _column(instance.subscriptions.all(), "element"),
    )


def _column(rows: Any, name: str) -> dict[UUID, str]:
    return dict(rows.values_list("task_id", name))


def _drop(instance: Instance, before: Wanted, after: Wanted, *, at: datetime) -> list[WorkItem]:
    gone = before.items.keys() - after.items.keys()
    cancelled = []
    if gone:
        cancelled = list(instance.items.open().filter(task_id__in=gone))
        instance.items.open().filter(task_id__in=gone).update(status="cancelled", finished_at=at)
        for item in cancelled:
            item.status, item.finished_at = "cancelled", at
    if timers := before.timers.keys() - after.timers.keys():
        instance.timers.filter(task_id__in=timers, fired_at=None).delete()
    if messages := before.messages.keys() - after.messages.keys():
        direct.remove(Subscription, instance_id=instance.pk, task_id=list(messages))
    return cancelled


def _item(
    instance: Instance, process: Process, task_id: UUID, element: str, *, at: datetime
) -> WorkItem:
    iteration = process.visits[element]
    step = step_meta(process.compiled.meta, element, iteration)
    place = hooks.hooks_for(instance.owner_type).place(instance, step)
    return WorkItem(
        instance=instance,
        task_id=task_id,
        owner_type=instance.owner_type,
        owner_id=instance.owner_id,
        subject_id=instance.subject_id,
        step=element,
        name=place.name or step.name,
        org_unit_id=place.org_unit_id,
        role=place.role,
        created_at=at,
        due_at=place.due_at,
        warn_at=place.warn_at,
        due_reason=place.due_reason,
        iteration=iteration,
    )


def _timer(instance: Instance, process: Process, task_id: UUID, element: str) -> Timer:
    meta = timer_meta(process.compiled.meta, element)
    due_at = hooks.hooks_for(instance.owner_type).timer_due(instance, meta)
    return Timer(instance=instance, task_id=task_id, element=element, due_at=due_at)


def _prefill(instance: Instance, created: list[WorkItem]) -> None:
    """A step that comes again starts from what was answered last."""
    again = {item.step: item for item in created if item.iteration > 1}
    if not again:
        return
    rows = instance.items.filter(step__in=again, status="done").order_by("pk")
    for step, answers in rows.values_list("step", "answers"):
        again[step].draft = answers
