"""The aid that people draw, with its payments, and what they have applied for."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max, Q, Sum

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


def homes(people: Iterable[int]) -> dict[int, list[int]]:
    """Households that people are in today, each with those of them who are."""
    found: dict[int, list[int]] = {}
    rows = Membership.objects.current(on=clock.today()).filter(person_id__in=list(people))
    for person_id, household_id in rows.values_list("person_id", "household_id"):
        found.setdefault(household_id, []).append(person_id)
    return found


def applied_for(people: list[int]) -> dict[int, set[str]]:
    """Matters under way by person: their own and their household's; three queries."""
    found: dict[int, set[str]] = {}
    running = Matter.objects.open()
    for pk, code in running.filter(person_id__in=people).values_list("person_id", "code"):
        found.setdefault(pk, set()).add(code)
    theirs = homes(people)
    rows = running.filter(household_id__in=theirs).values_list("household_id", "code")
    for household_id, code in rows:
        for pk in theirs[household_id]:
            found.setdefault(pk, set()).add(code)
    return found
