"""Calls that diagrams may make."""

from typing import Any

from workflows.models import Instance
from workflows.operators import operator


@operator("cases.publish_fact")
def publish_fact(instance: Instance, *, fact: str) -> dict[str, Any]:
    """Joint work is done: told to the matters when the step is written."""
    instance.__dict__.setdefault("_published", []).append(fact)
    return {}
