"""近亲属: staff whom the register shows in a household that something is about.

A member of staff is known in the register by the blind index of the own number; without one the
register says nothing, and what is declared counts alone.
"""

from collections.abc import Iterable

from django.db.models import Q

from households.models import Membership, Person
from households.querysets import MembershipQuerySet
from permissions.models import User


def is_kin(user: User, *, household_id: int | None, person_ids: Iterable[int]) -> bool:
    """Whether a user is, or was, of one household with these people, or somebody's guardian.

    No query for a user whom the register does not know.
    """
    if user.id_index is None:
        return False
    homes = _homes(household_id, person_ids)
    if homes.filter(person__id_index=user.id_index).exists():
        return True
    own = Membership.objects.filter(person__id_index=user.id_index).values("person_no")
    wards = Person.objects.filter(guardian_no__in=own)
    return wards.filter(memberships__household__in=homes.values("household_id")).exists()


def kin_among(users: Iterable[User], *, household_id: int, person_ids: Iterable[int]) -> bool:
    """Whether one of several users is in a household with these people. One query."""
    known = [user.id_index for user in users if user.id_index is not None]
    if not known:
        return False
    return _homes(household_id, person_ids).filter(person__id_index__in=known).exists()


def _homes(household_id: int | None, person_ids: Iterable[int]) -> MembershipQuerySet:
    """Registrations, past ones too, in the household and in all households of the people."""
    theirs = Membership.objects.filter(person__in=list(person_ids)).values("household_id")
    return Membership.objects.filter(Q(household=household_id) | Q(household__in=theirs))
