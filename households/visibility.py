"""Which households and people a user sees.

Those of one's divisions, and those that a room above knows a ground for (a case that the user
works on), which it registers here in `apps.py`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from common.errors import DeniedError, MissingError
from households.models import Household, Membership, Person
from households.querysets import HouseholdQuerySet, PersonQuerySet
from permissions.access import under

if TYPE_CHECKING:
    from permissions.models import User

Ground = Callable[["User", str], Q]
_grounds: list[Ground] = []


def register_ground(ground: Ground) -> None:
    """ground: a user and an action to a condition on households."""
    _grounds.append(ground)


def households_visible_to(user: "User") -> HouseholdQuerySet:
    """Households that a user sees, in one condition."""
    return households_open_to(user, "household.see")


def households_open_to(user: "User", action: str) -> HouseholdQuerySet:
    """Households with which a user may do something."""
    seen = under(user.access.reach(action).prefixes)
    for ground in _grounds:
        seen |= ground(user, action)
    return Household.objects.filter(seen)


def people_visible_to(user: "User") -> PersonQuerySet:
    """People registered in a household that the user sees, now or before."""
    return people_open_to(user, "household.see")


def require_person(user: "User", person_no: str, action: str) -> Person:
    """A person by a register number, with whom a user may do something.

    Raises MissingError for one who is not seen, DeniedError for one who is.
    """
    registered = {"memberships__person_no": person_no}
    found: Person | None = people_open_to(user, action).filter(**registered).first()
    if found is not None:
        return found
    raise DeniedError if people_visible_to(user).filter(**registered).exists() else MissingError


def people_open_to(user: "User", action: str) -> PersonQuerySet:
    """People with whom a user may do something, by one of their households."""
    homes = households_open_to(user, action)
    seen = Membership.objects.filter(person=OuterRef("pk"), household__in=homes)
    return Person.objects.filter(Exists(seen))
