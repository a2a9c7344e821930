"""Screening by night, after an import, of those whose facts changed; and rehearsals."""

from procrastinate.contrib.django import app

from screening.services import rehearsals, sweeps

CHANGED = "screening.screen_changed"


@app.periodic(cron="30 18 * * *")  # the queue counts in UTC: half past two at night in China
@app.task(name="screening.run_nightly", queueing_lock="screening.run_nightly")
def run_nightly(timestamp: int) -> None:
    """Everybody screened; findings and leads opened and closed."""
    sweeps.sweep()


@app.task(name="screening.sweep_county")
def sweep_county() -> None:
    """The same, because much has changed."""
    sweeps.sweep()


@app.periodic(cron="* * * * * */5")
@app.task(name="screening.screen_changed", queueing_lock=CHANGED, lock=CHANGED)
def screen_changed(timestamp: int) -> None:
    """Within seconds, those something changed for."""
    sweeps.sweep_changed()


@app.task(name="screening.rehearse")
def rehearse(*, rehearsal_id: int) -> None:
    """The report of a rehearsal that somebody asked for."""
    rehearsals.compute(rehearsal_id=rehearsal_id)
