"""Findings and leads brought up to date together: the facts are read once for both."""

from collections.abc import Iterator
from typing import Any

from common import clock
from households.models import Household
from households.steps import members
from screening import county
from screening.county import Hit
from screening.models import Finding, Lead
from screening.services import discovery, findings


def sweep(*, person_ids: list[int] | None = None) -> dict[str, int]:
    """Screen everybody, or some people, by what holds today; may be repeated.

    Returns what findings.keep does, and leads: how many were opened.
    """
    who: dict[str, Any] = {} if person_ids is None else {"person_ids": person_ids}
    noticed: list[Hit] = []

    def hits() -> Iterator[Hit]:
        noticed.clear()
        every = county.screen(on=clock.today(), tables=(*county.TABLES, county.LEADS), **who)
        for hit in every:
            if hit.kind == county.LEAD:
                noticed.append(hit)
            else:
                yield hit

    kept = findings.keep(hits=hits, person_ids=person_ids)
    found = discovery.discover(hits=noticed, person_ids=person_ids)
    return kept | {"leads": found["opened"]}


def sweep_household(*, household_id: int) -> dict[str, int]:
    """Everybody in a household, and those who left it while something was held of them."""
    household = Household.objects.get(pk=household_id)
    here = {row.person_id for row in members(household, clock.today())}
    told = Finding.objects.holding().filter(household=household)
    noticed = Lead.objects.running().filter(household=household).exclude(person=None)
    left = {*told.values_list("person_id", flat=True), *noticed.values_list("person_id", flat=True)}
    return sweep(person_ids=sorted(here | left))
