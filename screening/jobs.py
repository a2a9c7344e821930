"""Screening by night, after an import, of those whose facts changed; and rehearsals."""

from procrastinate.contrib.django import app

from screening.services import rehearsals, sweeps


@app.periodic(cron="30 18 * * *")  # the queue counts in UTC: half past two at night in China
@app.task(name="screening.run_nightly", queueing_lock="screening.run_nightly")
def run_nightly(timestamp: int) -> None:
    """Everybody screened; findings and leads opened and closed."""
    sweeps.sweep()


@app.task(name="screening.sweep_county")
def sweep_county() -> None:
    """The same, because much has changed."""
    sweeps.sweep()


@app.task(name="screening.screen_household")
def screen_household(*, household_id: int) -> None:
    """At once, for a household something changed for."""
    sweeps.sweep_household(household_id=household_id)


@app.task(name="screening.rehearse")
def rehearse(*, rehearsal_id: int) -> None:
    """The report of a rehearsal that somebody asked for."""
    rehearsals.compute(rehearsal_id=rehearsal_id)
