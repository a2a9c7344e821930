"""The aid that people draw, with its payments, and what they have applied for."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from cases.models import Matter
from common import clock
from households.models import Benefit, Membership
from screening.models import Finding


def of_findings(found: Iterable[Finding], on: date) -> dict[int, list[Benefit]]:
    """Aid of person and household that stands on a day, by finding; one query for all of them.

    Each benefit has `paid` (yuan that went out, None where nothing did) and `paid_until` (the day
    of the last payment).
    """
    rows = list(found)
    people = {row.person_id for row in rows}
    homes = {row.household_id for row in rows} - {None}
    aid = (
        Benefit.objects.filter(Q(person_id__in=people) | Q(household_id__in=homes))
        .standing(on=on)
        .select_related("source")
        .annotate(paid=Sum("payments__amount_yuan"), paid_until=Max("payments__paid_on"))
        .order_by("pk")
    )
    owned: dict[tuple[str, int | None], list[Benefit]] = {}
    for benefit in aid:
        owner = ("h", benefit.household_id) if benefit.household_id else ("p", benefit.person_id)
        owned.setdefault(owner, []).append(benefit)
    return {
        row.pk: owned.get(("p", row.person_id), []) + owned.get(("h", row.household_id), [])
        for row in rows
    }


def is_concerned(finding: Finding, benefit: Benefit) -> bool:
    """Whether a finding is about this aid."""
    return benefit.matter in {finding.matter, finding.other_matter} - {""}


def applied_for(people: list[int]) -> dict[int, set[str]]:
    """Matters under way by person: their own and their household's; three queries."""
    return _codes(Matter.objects.open(), "code", people, _homes(people))


def drawn_or_applied_for(people: list[int]) -> dict[int, set[str]]:
    """The same with the matters of the aid that stands, once-off aid left out; five queries."""
    homes = _homes(people)
    standing = Benefit.objects.standing(on=clock.today()).exclude(form="once")
    found = _codes(standing, "matter", people, homes)
    for person_id, codes in _codes(Matter.objects.open(), "code", people, homes).items():
        found.setdefault(person_id, set()).update(codes)
    return found


def _homes(people: list[int]) -> dict[int, list[int]]:
    """Households that people are in today, each with those of them who are."""
    found: dict[int, list[int]] = {}
    rows = Membership.objects.current(on=clock.today()).filter(person_id__in=people)
    for person_id, household_id in rows.values_list("person_id", "household_id"):
        found.setdefault(household_id, []).append(person_id)
    return found


def _codes(
    rows: QuerySet[Any], name: str, people: list[int], homes: dict[int, list[int]]
) -> dict[int, set[str]]:
    """A column of rows that belong to a person or a household, by person whom they reach."""
    found: dict[int, set[str]] = {}
    for person_id, code in rows.filter(person_id__in=people).values_list("person_id", name):
        found.setdefault(person_id, set()).add(code)
    theirs = rows.filter(household_id__in=homes).values_list("household_id", name)
    for household_id, code in theirs:
        for person_id in homes[household_id]:
            found.setdefault(person_id, set()).add(code)
    return found
