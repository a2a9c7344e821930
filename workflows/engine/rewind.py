"""Back to an earlier human step, parallel branches and joins included.

Tokens, not only the tree, say what followed from what: a join hangs under the branch that arrived
last, while the others' arrivals were taken by it (`joined`, see specs.Join). So

- what led to a task: its parents, and for a join also the arrivals that it took;
- what followed from a task: its children, and the join that took an arrival of it.

Going back removes all that followed. A join that loses one arrival while others stay, waits again
in each of the branches that stay.
"""

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

_REDO = TaskState.PREDICTED_MASK | TaskState.DEFINITE_MASK


def earlier_steps(workflow: Any, task: Any) -> list[Any]:
    """Finished human steps that led to a task, latest first, each element once."""
    found: dict[str, Any] = {}
    for before in sorted(_led_to(workflow, task), key=_when, reverse=True):
        if before.task_spec.manual and before.state == TaskState.COMPLETED:
            found.setdefault(before.task_spec.name, before)
    found.pop(task.task_spec.name, None)
    return list(found.values())


def go_back(workflow: Any, target: Any) -> None:
    """Make a finished human step ready again, under a new task id."""
    if isinstance(target.parent.task_spec, BoundaryEventSplit):
        target = target.parent  # its events wait again, too
    gone = _followed_from(workflow, target)
    # joins that fired under a branch that stays, and arrivals of such branches at other joins
    fired = [t for t in gone.values() if t.parent.id not in gone and t.parent is not target]
    joins = {task_id.hex for task_id in gone}
    stay = [
        t
        for t in workflow.tasks.values()
        if t.id not in gone and t.internal_data.get("joined") in joins
    ]
    for task in gone.values():
        if task not in fired:
            _forget(workflow, task)
    for task in [*stay, *fired]:
        _wait_again(task)
    _redo(workflow, target)


def _led_to(workflow: Any, task: Any) -> list[Any]:
    taken: dict[str, list[Any]] = {}
    for other in workflow.tasks.values():
        if "joined" in other.internal_data:
            taken.setdefault(other.internal_data["joined"], []).append(other)
    found: dict[UUID, Any] = {}
    waiting = [task]
    while waiting:
        here = waiting.pop()
        before = [here.parent, *taken.get(here.id.hex, ())]
        for other in before:
            if other is not None and other.id not in found:
                found[other.id] = other
                waiting.append(other)
    return list(found.values())


def _followed_from(workflow: Any, task: Any) -> dict[UUID, Any]:
    found: dict[UUID, Any] = {}
    waiting = list(task.children)
    while waiting:
        here = waiting.pop()
        if here.id in found:
            continue
        found[here.id] = here
        waiting += here.children
        if "joined" in here.internal_data:
            join = workflow.tasks.get(UUID(here.internal_data["joined"]))
            if join is not None:
                waiting.append(join)
    return found


def _when(task: Any) -> int:
    return int(task.internal_data.get("n", 0))


def _forget(workflow: Any, task: Any) -> None:
    workflow.event_manager.remove_task(task)
    parent = workflow.tasks.get(task._parent)
    if parent is not None:
        parent._children.remove(task.id)
    workflow.tasks.pop(task.id, None)


def _wait_again(task: Any) -> None:
    task.internal_data = {}
    task._children = []
    task._set_state(TaskState.WAITING)
    task.task_spec._predict(task, mask=_REDO)


def _redo(workflow: Any, target: Any) -> None:
    parent, spec = target.parent, target.task_spec
    _forget(workflow, target)
    fresh = parent._add_child(spec, TaskState.FUTURE)
    spec._predict(fresh, mask=_REDO)
    spec._update(fresh)
