"""One household screened at once, because something changed for it."""

from common import clock
from households.models import Household
from households.steps import members
from screening import county
from screening.models import Finding, Lead
from screening.services import discovery, findings


def screen_household(*, household_id: int) -> dict[str, int]:
    """Findings and leads of everybody in a household, and of those who left it; may be repeated."""
    household, today = Household.objects.get(pk=household_id), clock.today()
    here = {row.person_id for row in members(household, today)}
    told = Finding.objects.holding().filter(household=household)
    noticed = Lead.objects.running().filter(household=household).exclude(person=None)
    left = [*told.values_list("person_id", flat=True), *noticed.values_list("person_id", flat=True)]
    ids = sorted({*here, *left})
    kept = findings.keep(hits=lambda: county.screen(on=today, person_ids=ids), person_ids=ids)
    found = discovery.discover(hits=list(county.leads(on=today, person_ids=ids)), person_ids=ids)
    return {**kept, "leads": found["opened"]}
