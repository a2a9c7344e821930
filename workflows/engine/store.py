"""A process's state as bytes, without its specification.

One JSON array a task, parents first, in the order of the tree. Bytes, never jsonb: order matters.
The state names its definition by content hash, so version 1 never runs on version 2's drawing.
User data never meets a type registry, so no key of it (such as `typename`) means anything.
"""

from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine.parse import Compiled
from workflows.engine.specs import Refusing

FORMAT = 1
_REFUSING = Refusing()


class StateError(Exception):
    """State that does not belong to the specification, or is damaged."""


def new(compiled: Compiled) -> Any:
    """A fresh process, not yet run."""
    return BpmnWorkflow(compiled.spec, script_engine=_REFUSING)


def dump(compiled: Compiled, workflow: Any, extra: dict[str, Any]) -> bytes:
    """extra: what belongs to the process besides its tasks (variables, counters)."""
    tasks: list[Any] = []
    places: dict[Any, int] = {}
    stack = [workflow.task_tree]
    while stack:
        task = stack.pop()
        places[task.id] = len(tasks)
        row = [
            task.id.hex,
            places.get(task._parent, -1),
            task.task_spec.name,
            task._state,
        ]
        if task.internal_data:
            row.append(task.internal_data)
        tasks.append(row)
        stack += reversed(task.children)
    state = {"format": FORMAT, "key": compiled.key, "done": workflow.completed, **extra}
    return orjson.dumps({**state, "tasks": tasks})


def load(compiled: Compiled, state: bytes) -> tuple[Any, dict[str, Any]]:
    """The process and what was stored beside its tasks. Raises StateError."""
    try:
        found = orjson.loads(state)
        if found.pop("format") != FORMAT or found.pop("key") != compiled.key:
            raise StateError("the state belongs to another definition or format")
        workflow = BpmnWorkflow(compiled.spec, script_engine=_REFUSING, deserializing=True)
        tasks: list[Any] = []
        for row in found.pop("tasks"):
            parent = tasks[row[1]] if row[1] >= 0 else None
            tasks.append(_task(workflow, parent, row))
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise StateError(f"damaged state: {error!r}") from error
    workflow.task_tree = tasks[0]
    workflow.completed = found.pop("done")
    return workflow, found


def _task(workflow: Any, parent: Any, row: list[Any]) -> Any:
    spec = workflow.spec.task_specs[row[2]]
    task = Task(workflow, spec, parent, row[3], UUID(row[0]))
    if len(row) > 4:
        task.internal_data = row[4]
    if row[3] == TaskState.WAITING and isinstance(spec, CatchingEvent):
        workflow.event_manager.add_task(task)
    return task
