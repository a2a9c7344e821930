"""The aid and the payments that stand behind stored findings."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max, Q, Sum

from households.models import Benefit
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
