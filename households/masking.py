"""What of a person or household is masked until somebody says what for (脱敏).

Numbers and illness are masked for everybody; of a child, the parents' and the guardian's affairs
and the whole number too. Income and assets are for those to whom `household.see_means` is open.
"""

from datetime import date
from typing import Any

from common import clock, identity
from households.models import Household, Person
from permissions.models import User

Json = dict[str, Any]
ADULT = 18
NUMBERS = ("id_number", "phone", "bank_account")
ILLNESS = ("health", "severe_illness", "medical_own_cost_year")
OF_CHILDREN = ("guardian_no", "father_state", "mother_state", "obligor_state", "care_status")
MEANS = (
    *("income_month", "income_year", "rigid_spending_year", "assets"),
    *("vehicles", "vehicles_value", "companies"),
)
# what can be unmasked; a number's place in a person's row is another than its name
FIELDS = (*NUMBERS, *ILLNESS, *OF_CHILDREN)


def is_child(person: Person, on: date) -> bool:
    """Under eighteen; somebody whose day of birth is unknown is none."""
    born = person.birth_on
    if born is None:
        return False
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) < ADULT


def numbers(person: Person, on: date) -> Json:
    """Identity number and phone as they may be shown unasked."""
    number = person.open_id_number()
    shown = "*" * len(number) if is_child(person, on) else identity.mask_number(number)
    return {"id_number": shown, "phone": identity.mask_phone(person.open_phone()) or None}


def masked_of(person: Person, user: User) -> list[str]:
    """Names of a person's fields that are masked for a user, in a fixed order."""
    found = [*NUMBERS, *ILLNESS]
    if is_child(person, clock.today()):
        found += OF_CHILDREN
    if not sees_means(user, person.division_code):
        found.append("income_month")
    return found


def masked_of_household(household: Household, user: User) -> list[str]:
    """The same of a household."""
    return [] if sees_means(user, household.division_code) else list(MEANS)


def sees_means(user: User, division_code: str) -> bool:
    """Whether income and assets of a household of that division are open to a user."""
    return user.access.reach("household.see_means").covers(division_code)


def opened(person: Person, field: str) -> Any:
    """A masked field's value."""
    match field:
        case "id_number":
            return person.open_id_number()
        case "phone":
            return person.open_phone() or None
        case "bank_account":
            return person.open_bank_account() or None
    return getattr(person, field)
