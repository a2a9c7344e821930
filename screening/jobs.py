"""Screening by night, and of those whose facts changed."""

from procrastinate.contrib.django import app

from common import clock
from screening import county
from screening.services import discovery, findings, households


@app.periodic(cron="30 18 * * *")  # the queue counts in UTC: half past two at night in China
@app.task(name="screening.run_nightly", queueing_lock="screening.run_nightly")
def run_nightly(timestamp: int) -> None:
    """Everybody screened; findings and leads opened and closed."""
    today = clock.today()
    findings.keep(hits=lambda: county.screen(on=today))
    discovery.discover(hits=list(county.leads(on=today)))


@app.task(name="screening.screen_household")
def screen_household(*, household_id: int) -> None:
    """At once, for a household something changed for."""
    households.screen_household(household_id=household_id)
