"""Reading the register: what narrows rows lives here.

Classes are generic over nothing: Django's managers give the model's own type back.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from common import crypto
from households.codes import Form, Relation

if TYPE_CHECKING:
    from households.models import Household


class InDivisions(QuerySet[Any]):
    """Rows that carry a division code."""

    def in_divisions(self, prefixes: Iterable[str]) -> Self:
        """Rows under one of the divisions; prefixes are significant digits, "" is everywhere."""
        wanted = Q(pk__in=[])
        for prefix in prefixes:
            wanted |= Q(division_code__startswith=prefix) if prefix else ~Q(pk=None)
        return self.filter(wanted)


class HouseholdQuerySet(InDivisions):
    def with_status(self, category: str, *, on: date) -> Self:
        """Households whose status on a day it is (the same rule as `StatusHolder.status`)."""
        granted = (
            ~Q(granted_category="")
            & (Q(granted_since=None) | Q(granted_since__lte=on))
            & (Q(granted_until=None) | Q(granted_until__gt=on))
        )
        return self.annotate(
            status_code=Case(When(granted, then="granted_category"), default="category")
        ).filter(status_code=category)

    def search(self, text: str) -> Self:
        """By household number, a member's name, or the last four of a member's number.

        Exact ends only ("begins with", "is"): each has an index.
        """
        from households.models import Membership

        word = text.strip()
        if not word:
            return self
        person = Q(person__name__startswith=word)
        if len(word) == 4:
            person |= Q(person__id_tail=word.upper())
        members = Membership.objects.filter(person, household=OuterRef("pk"))
        return self.filter(Q(household_no=word) | Exists(members))


class PersonQuerySet(InDivisions):
    def with_number(self, id_number: str) -> Self:
        """The person with a (normalised) identity number: none or one."""
        return self.filter(id_index=crypto.blind_index(id_number))

    def registered_as(self, person_no: str) -> Self:
        """The person that a registration number means, be it the lowest of theirs or not."""
        return self.filter(memberships__person_no=person_no)


class MembershipQuerySet(InDivisions):
    def current(self, *, on: date) -> Self:
        """In the household on a day; no `member_from` means always, `member_to` does not count."""
        return self.filter(
            Q(member_from=None) | Q(member_from__lte=on), Q(member_to=None) | Q(member_to__gt=on)
        )

    def in_order(self) -> Self:
        """The head first, then the spouse, then by number."""
        rank = Case(
            When(relation=Relation.HEAD, then=0), When(relation=Relation.SPOUSE, then=1), default=2
        )
        return self.order_by(rank, "person_no")


class SpanQuerySet(InDivisions):
    """Rows that hold from `starts_on` (counted) to `ends_on` (not counted).

    What was granted once stands for its calendar year, from its day to the year's end; it may
    only be revoked (`ends_on` not after `starts_on`).
    """

    def current(self, *, on: date) -> Self:
        """What held on a day."""
        new_year = date(on.year, 1, 1)
        return self.filter(_not_revoked(), starts_on__lte=on).filter(
            Q(form=Form.ONCE, starts_on__gte=new_year)
            | ~Q(form=Form.ONCE) & (Q(ends_on=None) | Q(ends_on__gt=on))
        )

    def standing(self, *, on: date) -> Self:
        """What is granted and not ended on a day, what begins later included."""
        new_year = date(on.year, 1, 1)
        return self.filter(_not_revoked()).filter(
            Q(form=Form.ONCE, starts_on__gte=new_year)
            | ~Q(form=Form.ONCE) & (Q(ends_on=None) | Q(ends_on__gt=on))
        )


class BenefitQuerySet(SpanQuerySet):
    def of_household(self, household: "Household", person_ids: Iterable[int]) -> Self:
        """The household's own and its members'."""
        return self.filter(Q(household=household) | Q(person_id__in=list(person_ids)))


class BenefitVersionQuerySet(SpanQuerySet):
    def known(self, *, at: datetime) -> Self:
        """Of each benefit the version that was the latest known at a moment.

        Knowing begins when the relay numbers the event: call `outbox.number_events` before.
        """
        latest = (
            self.filter(event__numbered_at__lte=at)
            .order_by("benefit_id", "-event__position", "-pk")
            .distinct("benefit_id")
        )
        # a query of its own: what comes after narrows what was latest, not what is looked at
        found: Self = self.model._default_manager.filter(pk__in=latest.values("pk"))
        return found

    def of_household(self, household: "Household", person_ids: Iterable[int]) -> Self:
        """Versions of the household's own benefits and its members'."""
        return self.filter(
            Q(benefit__household=household) | Q(benefit__person_id__in=list(person_ids))
        )


def _not_revoked() -> Q:
    return Q(ends_on=None) | Q(ends_on__gt=F("starts_on"))
