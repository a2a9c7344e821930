"""Screening by night."""

from procrastinate.contrib.django import app

from common import clock
from screening.county import screen
from screening.services import findings


@app.periodic(cron="30 18 * * *")  # the queue counts in UTC: half past two at night in China
@app.task(name="screening.run_nightly", queueing_lock="screening.run_nightly")
def run_nightly(timestamp: int) -> None:
    """Everybody screened; findings opened and closed."""
    findings.keep(hits=list(screen(on=clock.today())))
