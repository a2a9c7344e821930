"""After the card is read: who this is and what is known."""

from typing import Any

from cases import catalogue, papers, represent
from cases.models import Case
from cases.suggestions import suggest
from common import clock
from common.errors import MissingError
from common.usecase import use_case
from households import steps as households
from households.happiness import happiness_list
from households.models import Person
from permissions.access_log import record
from permissions.models import User


@use_case
def look_up(*, actor: User, id_number: str) -> dict[str, Any]:
    """Register data of an applicant, with what runs and what is applied for already.

    Anybody may walk in at any window, so it is not limited to the clerk's township. Raises
    DeniedError, InputError invalid-id-number, MissingError for a number that nobody has.
    """
    actor.access.require("applicant.look_up")
    person = households.find_person(id_number)
    if person is None:
        raise MissingError
    today = clock.today()
    household = households.current_household(person, today)
    record(kind="view", person_ids=[person.pk], household_id=household.pk, user=actor)
    members = list(households.members(household, today))
    listing = happiness_list(household)
    suggested, unsuitable = suggest(person, household, members)
    return {
        "person": represent.person_brief(person)
        | {"sex": person.sex, "birth_on": str(person.birth_on)}
        | {"category": person.status(today).category},
        "household": listing["household"],
        "members": listing["members"],
        "benefits": listing["entries"],
        "open_case": _open_case(person),
        "suggested": suggested,
        "unsuitable": unsuitable,
        "papers_held": papers.held_kinds(
            [(package.settings, None) for package in catalogue.matters()], person, household
        ),
    }


def _open_case(person: Person) -> dict[str, Any] | None:
    row = Case.objects.filter(applicant=person, status="open").first()
    if row is None:
        return None
    return {
        "id": row.pk,
        "number": row.number,
        "opened_at": row.opened_at.astimezone(clock.ZONE).isoformat(),
        "matters": list(row.matters.order_by("id").values_list("code", flat=True)),
    }


def matter_catalogue() -> list[dict[str, Any]]:
    """The enabled matters in order, as the API has them."""
    today = clock.today()
    return [
        {
            "code": package.code,
            "name": catalogue.name(package.settings),
            "lead": package.settings["lead"],
            "with": package.settings.get("with", []),
            "beneficiary": package.settings["beneficiary"],
            "limit": catalogue.limit_text(package.settings),
            "basis": catalogue.basis(package.settings, today),
            "materials": [_material(row) for row in package.settings.get("materials", [])],
            "enabled": True,
        }
        for package in catalogue.matters()
    ]


def _material(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "name": catalogue.kind_name(row["kind"]),
        "from_register": bool(row.get("from_register")),
        "required": bool(row.get("required")),
    }
