"""Opening a case: one visit, one card, all matters at once."""

from cases import opening
from cases.guard import guarded
from cases.models import Case
from cases.opening import Agent, Wanted
from common.usecase import use_case
from permissions.models import User


def open_case(  # noqa: PLR0913 - what the contract names
    *,
    actor: User,
    id_number: str,
    matters: list[Wanted],
    channel: str,
    consent: bool,
    name: str = "",
    agent: Agent | None = None,
    in_person: bool = True,
) -> Case:
    """Open one case with its matters; all of them begin at once.

    Raises DeniedError, InputError (invalid-id-number, name-required, consent-missing,
    unknown-matter, repeated-matter, invalid-data), ConflictError (open-case-exists,
    open-matter-exists). Publishes case.opened and the matters' events.
    """
    asked = opening.application(
        actor=actor,
        id_number=id_number,
        matters=matters,
        channel=channel,
        consent=consent,
        name=name,
        agent=agent,
        in_person=in_person,
    )
    with opening.naming_conflicts(asked):
        return _open(asked=asked, case_number=opening.next_number())


_open = guarded(use_case(opening.open_within))
