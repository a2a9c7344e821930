"""Calls that a diagram's service tasks may name.

An operator runs inside the transaction that moves its instance, so it must be quick, touch no
other instance, and bear being run again after a return: `fn(instance, **params) -> dict | None`;
what it returns is merged into the process's variables, as far as the diagram names them.
Business rule tasks are answered by the operator DECISION: `fn(instance, *, decision)`, which gives
every output of the named decision as flat scalars; what cannot be told is said, never left out.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.models import Instance

Operator = Callable[..., dict[str, Any] | None]
DECISION = "decision"
_registry: dict[str, Operator] = {}


def operator(name: str) -> Callable[[Operator], Operator]:
    """Register a function under the id that diagrams use, such as `cases.publish_fact`."""

    def register(function: Operator) -> Operator:
        _registry[name] = function
        return function

    return register


def unknown(names: Iterable[str]) -> list[str]:
    """The names that nothing is registered under."""
    return [name for name in names if name not in _registry]


def call(name: str, instance: "Instance", parameters: dict[str, Any]) -> dict[str, Any]:
    """Raises LookupError for an unknown name, and whatever the operator raises."""
    return _registry[name](instance, **parameters) or {}
