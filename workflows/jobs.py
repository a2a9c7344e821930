"""Periodic work of the workflow room."""

from procrastinate.contrib.django import app

from workflows.services import timers


@app.periodic(cron="* * * * *")
@app.task(
    name="workflows.fire_due_timers",
    queue="default",
    queueing_lock="workflows.fire_due_timers",
    pass_context=False,
)
def fire_due_timers(timestamp: int) -> None:
    """Every minute; several workers may run it at once."""
    while timers.fire_due():
        pass
