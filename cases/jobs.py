"""Background work of cases: ids only, repeatable."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from cases.services import due, engines, lifecycle

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)


@app.task(name="cases.wake_matters", retry=RETRY)
def wake_matters(*, case_id: int) -> None:
    """Matters of the case whose fact is there go on."""
    engines.wake_matters(case_id=case_id)


@app.task(name="cases.finish_engines", retry=RETRY)
def finish_engines(*, case_id: int) -> None:
    """The case has ended: its processes end too."""
    engines.finish_engines(case_id=case_id)


@app.task(name="cases.end_for_person", retry=RETRY)
def end_for_person(*, person_id: int, kind: str) -> None:
    """What runs for somebody who died, moved or went to prison ends."""
    lifecycle.end_for_person(person_id=person_id, kind=kind)


@app.periodic(cron="* * * * *")
@app.task(name="cases.run_due", queueing_lock="cases.run_due")
def run_due(timestamp: int) -> None:
    """What falls due fires."""
    due.run_due()
