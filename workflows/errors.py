"""Errors of the workflow room."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.errors import EngineError, InputError


class EngineStepError(EngineError):
    """The engine could not take a step; the transaction must be rolled back.

    Becomes an incident: `services.incidents.open_incident` in a new transaction. The real
    exception stays in `__cause__`.
    """

    def __init__(self, kind: str, message: str, *, element: str = "", **extra: Any) -> None:
        super().__init__(element=element, kind=kind, **extra)
        self.kind = kind
        self.element = element
        self.reason = message
        self.instance_id: int | None = None
        self.retry: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.kind} at {self.element or '-'}: {self.reason}"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one element of a diagram. `element` is its id, or ""."""

    element: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"element": self.element, "code": self.code, "message": self.message}


class DefinitionError(InputError):
    """A diagram that cannot be deployed; `problems` names each element."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        text = _("流程图有问题：%(element)s %(message)s（%(code)s），共 %(count)d 处") % {
            "element": first.element,
            "message": first.message,
            "code": first.code,
            "count": len(problems),
        }
        super().__init__("invalid-data", text, problems=[p.as_dict() for p in problems])
        self.problems = problems
