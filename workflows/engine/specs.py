"""Our task specifications for SpiffWorkflow's token engine.

Workflow data is one flat dictionary of scalars per process, never per task: nothing is shared or
merged between parallel branches. Each task keeps what it set, so that going back forgets it.
"""

import logging
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    ExclusiveGateway,
    IntermediateCatchEvent,
    ParallelGateway,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.util.task import TaskState

from workflows.engine import scripts
from workflows.operators import DECISION

# it collects a dictionary for every state change, listened to or not
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Refusing(PythonScriptEngine):  # type: ignore[misc]
    """Stands where SpiffWorkflow would run Python. Nothing of ours reaches it."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise scripts.ScriptError("the engine's own Python is switched off")

    evaluate = execute = call_service = _refuse


class Outside(EventDefinition):  # type: ignore[misc]
    """A timer or message: fires when it is told to, never by the machine's clock or a broadcast.

    Due times and subscriptions are rows of ours.
    """

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name)
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


class Condition(Operator):  # type: ignore[misc]
    """The condition of a flow, by our allow-list."""

    def _matches(self, task: Any) -> bool:
        return bool(scripts.evaluate(self.args[0], task.workflow.data))


class HumanStep(BpmnTaskSpec):  # type: ignore[misc]
    """A user task: waits for a person."""

    def __init__(self, spec: Any, name: str, **kwargs: Any) -> None:
        super().__init__(spec, name, **kwargs)
        self.manual = True


class Service(BpmnTaskSpec):  # type: ignore[misc]
    """A named call of ours with parameters by expression."""

    def __init__(self, spec: Any, name: str, *, operator: str, parameters: dict[str, str]) -> None:
        super().__init__(spec, name)
        self.operator = operator
        self.parameters = parameters

    def _run_hook(self, my_task: Any) -> bool:
        workflow = my_task.workflow
        found = {k: scripts.evaluate(v, workflow.data) for k, v in self.parameters.items()}
        workflow.process.set_data(my_task, workflow.process.call(self.operator, found))
        return True


class Rule(BpmnTaskSpec):  # type: ignore[misc]
    """A decision, asked by way of an operator: never SpiffWorkflow's own tables."""

    def __init__(self, spec: Any, name: str, *, decision: str, variables: dict[str, str]) -> None:
        super().__init__(spec, name)
        self.decision = decision
        self.variables = variables  # which variable gets which output

    def _run_hook(self, my_task: Any) -> bool:
        process = my_task.workflow.process
        told = process.call(DECISION, {"decision": self.decision})
        found = {variable: told[output] for variable, output in self.variables.items()}
        for variable, value in found.items():
            # `set_data` leaves out what is no scalar, and a gateway would take that for "no"
            if not scripts.scalar(value):
                raise TypeError(f"{variable} of {self.decision} is no plain value")
        process.set_data(my_task, found)
        return True


class Script(BpmnTaskSpec):  # type: ignore[misc]
    """Plain assignments."""

    def __init__(self, spec: Any, name: str, *, script: str) -> None:
        super().__init__(spec, name)
        self.script = script

    def _run_hook(self, my_task: Any) -> bool:
        workflow = my_task.workflow
        workflow.process.set_data(my_task, scripts.execute(self.script, workflow.data))
        return True


class Choice(ExclusiveGateway):  # type: ignore[misc]
    """An exclusive gateway."""


class Join(ParallelGateway):  # type: ignore[misc]
    """A parallel gateway that counts tokens.

    Each arrival waits until every incoming flow has one; the last fires and marks those it took.
    SpiffWorkflow's own looks for completed parents anywhere in the tree and so fires too early in
    the second round of a loop; it also forgets who took which token, which going back must know.
    """

    def _update_hook(self, my_task: Any) -> bool:
        waiting: dict[str, Any] = {}
        for task in my_task.workflow.tasks.values():
            if task.task_spec is self and task.state == TaskState.WAITING and task is not my_task:
                waiting.setdefault(task.parent.task_spec.name, task)
        waiting.pop(my_task.parent.task_spec.name, None)
        if set(self._inputs) - waiting.keys() - {my_task.parent.task_spec.name}:
            my_task._set_state(TaskState.WAITING)
            return False
        for task in waiting.values():
            task.internal_data["joined"] = my_task.id.hex
            task.cancel()
        return True

    def _run_hook(self, my_task: Any) -> bool:
        return True


class _Told:
    """What our catching events share."""

    def _run_hook(self, my_task: Any) -> bool:
        # not super(): SpiffWorkflow would forget here that the event has fired
        if isinstance(my_task.parent.task_spec, EventGateway):
            for task in my_task.parent.children:
                if task is not my_task and not task.has_state(TaskState.FINISHED_MASK):
                    task.cancel()
        return True


class Catch(_Told, IntermediateCatchEvent):  # type: ignore[misc]
    """Waits for a timer or a message."""


class Boundary(_Told, BoundaryEvent):  # type: ignore[misc]
    """A timer or message on a human step, interrupting it or not."""


class EventGateway(BpmnTaskSpec):  # type: ignore[misc]
    """The first of the events behind it wins and cancels the others."""
