"""A step that the engine cannot do becomes an incident; nothing of it remains."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from common.errors import EngineError
from common.usecase import use_case
from workflows.errors import EngineStepError
from workflows.incidents import record_incident
from workflows.models import Incident

P = ParamSpec("P")
R = TypeVar("R")


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Keep an engine's failure as an incident, in a transaction of its own."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except EngineStepError as error:
            incident = _keep(error=error)
            raise EngineError("engine-failed", incident=incident.pk) from error

    return run


@use_case
def _keep(*, error: EngineStepError) -> Incident:
    return record_incident(error)
