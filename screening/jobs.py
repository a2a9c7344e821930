"""Screening by night."""

from procrastinate.contrib.django import app

from common import clock
from screening.county import screen
from screening.services import findings, rehearsals


@app.periodic(cron="30 18 * * *")  # the queue counts in UTC: half past two at night in China
@app.task(name="screening.run_nightly", queueing_lock="screening.run_nightly")
def run_nightly(timestamp: int) -> None:
    """Everybody screened; findings opened and closed."""
    findings.keep(hits=list(screen(on=clock.today())))


@app.task(name="screening.rehearse")
def rehearse(*, rehearsal_id: int) -> None:
    """The report of a rehearsal that somebody asked for."""
    rehearsals.compute(rehearsal_id=rehearsal_id)
