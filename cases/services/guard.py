"""A step that the engine cannot do becomes an incident; nothing of it remains."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from common.errors import EngineError
from workflows.errors import EngineStepError
from workflows.services import incidents

P = ParamSpec("P")
R = TypeVar("R")


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Keep an engine's failure as an incident, in a transaction of its own."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except EngineStepError as error:
            incident = incidents.open_incident(error=error)
            raise EngineError("engine-failed", incident=incident.pk) from error

    return run
