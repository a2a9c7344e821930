"""One process: load, complete a step or fire an event, run to rest, dump."""

import functools
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db import OperationalError
from SpiffWorkflow.util.task import TaskState

from workflows.engine import rewind, scripts, store
from workflows.engine.parse import Compiled
from workflows.errors import EngineStepError

MAX_STEPS = 300
MAX_SECONDS = 5.0
MAX_TASKS = 3000

Call = Callable[[str, dict[str, Any]], dict[str, Any]]


def _no_call(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    raise LookupError(name)


class Process:
    """A running process in memory; nothing in it outlives one transaction.

    data: the variables that conditions name, flat scalars. fired: element ids that ran since it
    was loaded. call: what a service task reaches.
    """

    def __init__(self, compiled: Compiled, workflow: Any, extra: dict[str, Any]) -> None:
        self.compiled = compiled
        self.workflow = workflow
        self.initial: dict[str, Any] = extra.get("initial", {})
        self.clock: int = extra.get("clock", 0)
        self.visits: dict[str, int] = extra.get("visits", {})
        self.fired: list[str] = []
        self.call: Call = _no_call
        workflow.process = self
        workflow.data = extra.get("data", {})

    @classmethod
    def start(cls, compiled: Compiled, data: dict[str, Any]) -> "Process":
        """A new process. Only variables that the diagram names enter, scalars only."""
        process = cls(compiled, store.new(compiled), {})
        process.initial = process.keep(data)
        process.workflow.data = dict(process.initial)
        return process

    @classmethod
    def load(cls, compiled: Compiled, state: bytes) -> "Process":
        try:
            return cls(compiled, *store.load(compiled, state))
        except store.StateError as error:
            raise EngineStepError("state", str(error)) from error

    def dump(self) -> bytes:
        extra = {
            "clock": self.clock,
            "data": self.data,
            "initial": self.initial,
            "visits": self.visits,
        }
        return store.dump(self.compiled, self.workflow, extra)

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.workflow.data
        return found

    @property
    def is_done(self) -> bool:
        return bool(self.workflow.completed)

    def ready(self) -> dict[UUID, str]:
        """Human steps to do: task id to element id."""
        return {
            t.id: t.task_spec.name
            for t in self.workflow.tasks.values()
            if t._state == TaskState.READY and t.task_spec.manual
        }

    def waiting(self, kind: str) -> dict[UUID, str]:
        """Timers or messages waited for: task id to element id."""
        return {
            t.id: t.task_spec.name
            for t in self.workflow.event_manager.tasks.values()
            if getattr(t.task_spec.event_definition, "kind", "") == kind
        }

    def complete(self, task_id: UUID, data: dict[str, Any]) -> None:
        """Finish a human step and go on. A step that is not ready is refused.

        What an earlier visit of the step answered and this one does not, is unset.
        """
        task = self._open_step(task_id)
        self.set_data(task, {**self._answered_before(task), **data})
        self._run_task(task)
        self.run()

    def fire(self, task_ids: Iterable[UUID], payload: dict[str, Any]) -> None:
        """Tell timers or messages that their moment has come, and go on."""
        for task_id in task_ids:
            task = self.workflow.event_manager.tasks.get(task_id)
            if task is None:
                raise EngineStepError("not-waiting", "nothing waits for this")
            self.set_data(task, payload)
            task.internal_data["event_fired"] = True
            self._guard(task, functools.partial(task.task_spec._update, task))
        self.run()

    def run(self) -> None:
        """Take every step that needs nobody, within bounds."""
        end, steps = time.monotonic() + MAX_SECONDS, 0
        while not self.is_done:
            todo = [
                t
                for t in self.workflow.tasks.values()
                if t._state == TaskState.READY and not t.task_spec.manual
            ]
            if not todo:
                return
            for task in todo:
                if task._state == TaskState.READY and task.id in self.workflow.tasks:
                    steps += 1
                    if steps > MAX_STEPS or time.monotonic() > end:
                        raise EngineStepError(
                            "runaway", f"stopped after {steps} steps", element=self._name(task)
                        )
                    self._run_task(task)
            if len(self.workflow.tasks) > MAX_TASKS:
                raise EngineStepError("runaway", "too many tasks in one process")

    def cancel(self) -> None:
        """Close the process; nothing in it will run again."""
        self.workflow.cancel()

    def visit(self, element: str) -> int:
        """Count a visit of a step: 1 for the first."""
        self.visits[element] = self.visits.get(element, 0) + 1
        return self.visits[element]

    def earlier(self, task_id: UUID) -> list[str]:
        """Human steps that led here, the latest first."""
        task = self._open_step(task_id)
        return [t.task_spec.name for t in rewind.earlier_steps(self.workflow, task)]

    def go_back(self, task_id: UUID, element: str) -> None:
        """Undo what followed from an earlier human step, which becomes ready again."""
        task = self._open_step(task_id)
        found = rewind.earlier_steps(self.workflow, task)
        target = next((t for t in found if t.task_spec.name == element), None)
        if target is None:
            raise EngineStepError("no-such-step", "this step did not lead here", element=element)
        self._guard(target, lambda: rewind.go_back(self.workflow, target))
        self.workflow.data = self._replay()
        self.run()

    def keep(self, data: dict[str, Any]) -> dict[str, Any]:
        """What of some data may enter: named by the diagram, flat, small; lists copied."""
        names = self.compiled.meta["variables"]
        return {
            key: list(value) if isinstance(value, list | tuple) else value
            for key, value in data.items()
            if key in names and scripts.scalar(value)
        }

    def set_data(self, task: Any, data: dict[str, Any]) -> None:
        """Let a task set variables, and remember that it did."""
        if found := self.keep(data):
            task.internal_data["set"] = {**task.internal_data.get("set", {}), **found}
            self.workflow.data.update(found)

    def states(self) -> dict[str, str]:
        """Element id to done, active or waiting, by the latest visit."""
        found: dict[str, str] = {}
        for task in self.workflow.tasks.values():
            name, state = task.task_spec.name, task.state
            if name not in self.compiled.meta["elements"]:
                continue
            if state == TaskState.READY:
                found[name] = "active"
            elif state == TaskState.WAITING and found.get(name) != "active":
                found[name] = "waiting"
            elif state == TaskState.COMPLETED:
                found.setdefault(name, "done")
        return found

    def _open_step(self, task_id: UUID) -> Any:
        task = self.workflow.tasks.get(task_id)
        if task is None or task.state != TaskState.READY or not task.task_spec.manual:
            raise EngineStepError("not-ready", "this step is not open", element=self._name(task))
        return task

    def _answered_before(self, task: Any) -> dict[str, None]:
        rows = [t for t in self.workflow.tasks.values() if t.task_spec is task.task_spec]
        return dict.fromkeys(key for t in rows for key in t.internal_data.get("set", ()))

    def _run_task(self, task: Any) -> None:
        self._guard(task, task.run)
        self.clock += 1
        task.internal_data["n"] = self.clock
        self.fired.append(task.task_spec.name)

    def _guard(self, task: Any, action: Callable[[], Any]) -> None:
        try:
            action()
        except (OperationalError, EngineStepError):
            raise  # a lost connection or a deadlock is the caller's to retry
        except Exception as error:
            kind = "script" if isinstance(error, scripts.ScriptError) else "step"
            text = f"{type(error).__name__}: {error}"[:500]
            raise EngineStepError(kind, text, element=self._name(task)) from error

    def _replay(self) -> dict[str, Any]:
        done = [t for t in self.workflow.tasks.values() if "set" in t.internal_data]
        data = dict(self.initial)
        for task in sorted(done, key=lambda t: t.internal_data.get("n", 0)):
            data.update(task.internal_data["set"])
        return data

    @staticmethod
    def _name(task: Any) -> str:
        return task.task_spec.name if task is not None else ""
