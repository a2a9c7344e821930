"""Which households and people a user sees.

Those of one's divisions; all for the county's supervision; and those that a room above knows a
ground for (a case that the user works on), which it registers here in `apps.py`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from households.models import Household, Membership, Person
from households.querysets import HouseholdQuerySet, PersonQuerySet

if TYPE_CHECKING:
    from permissions.models import User

Ground = Callable[["User"], Q]
_grounds: list[Ground] = []


def register_ground(ground: Ground) -> None:
    """ground: a user to a condition on households."""
    _grounds.append(ground)


def households_visible_to(user: "User") -> HouseholdQuerySet:
    """Households that a user sees, in one condition."""
    prefixes = user.access.prefixes
    if prefixes == [""]:
        return Household.objects.all()
    seen = Q(pk__in=[])
    for prefix in prefixes:
        seen |= Q(division_code__startswith=prefix)
    for ground in _grounds:
        seen |= ground(user)
    return Household.objects.filter(seen)


def people_visible_to(user: "User") -> PersonQuerySet:
    """People registered in a household that the user sees, now or before."""
    if user.access.prefixes == [""]:
        return Person.objects.all()
    seen = Membership.objects.filter(
        person=OuterRef("pk"), household__in=households_visible_to(user)
    )
    return Person.objects.filter(Exists(seen))
