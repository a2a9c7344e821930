"""Calls that diagrams may make."""

from typing import Any

from cases import rulebook
from cases.hooks import owner_of
from workflows.models import Instance
from workflows.operators import DECISION, operator


@operator("cases.publish_fact")
def publish_fact(instance: Instance, *, fact: str) -> dict[str, Any]:
    """Joint work is done: told to the matters when the step is written."""
    instance.__dict__.setdefault("_published", []).append(fact)
    return {}


@operator(DECISION)
def decide(instance: Instance, *, decision: str) -> dict[str, Any]:
    """A business rule task: a table of the instance's own package, asked of the beneficiary.

    Of a household's matter that is the applicant, as at the desk and in the decision. The case is
    locked here already, as the step would do when the engine has run: the order stays the same.
    """
    owner = owner_of(instance)
    person_id = owner.matter.person_id if owner.matter else None
    return rulebook.told(owner.package, decision, person_id or owner.case.applicant_id)
