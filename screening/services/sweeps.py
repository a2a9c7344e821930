"""Findings and leads brought up to date together: the facts are read once for both."""

from collections.abc import Iterator
from typing import Any

from common import clock
from households.models import Membership, Unscreened
from screening import county, reroutes
from screening.county import Hit
from screening.models import Finding, Lead
from screening.services import discovery, findings

BATCH = 200


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

    with clock.held():
        kept = findings.keep(hits=hits, person_ids=person_ids)
        noticed += reroutes.hits(person_ids=person_ids)
        found = discovery.discover(hits=noticed, person_ids=person_ids)
    return kept | {"leads": found["opened"]}


def sweep_changed() -> int:
    """Screen the households that something changed for since they were last; how many changes.

    What stops half-way is done again, and what changes meanwhile is for the next time.
    """
    done = 0
    while rows := list(Unscreened.objects.order_by("pk")[:BATCH]):
        sweep(person_ids=_around(rows))
        Unscreened.objects.filter(pk__in=[row.pk for row in rows]).delete()
        done += len(rows)
    return done


def _around(rows: list[Unscreened]) -> list[int]:
    """Everybody in the households concerned, also one that somebody left, and those who left
    while something was held of them."""
    people = {row.person_id for row in rows if row.person_id}
    theirs = Membership.objects.filter(person__in=people)
    homes = {row.household_id for row in rows if row.household_id}
    homes |= set(theirs.values_list("household_id", flat=True))
    here = Membership.objects.current(on=clock.today()).filter(household__in=homes)
    told = Finding.objects.holding().filter(household__in=homes)
    noticed = Lead.objects.running().filter(household__in=homes).exclude(person=None)
    for found in (here, told, noticed):
        people |= set(found.values_list("person_id", flat=True))
    return sorted(people)
