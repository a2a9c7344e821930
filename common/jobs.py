"""Background jobs by name, put into the queue in the current transaction."""

from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from common import seals
from common.http.limits import SECONDS
from common.models import RequestWindow

# a worker tells that it lives every ten seconds
SILENT_SECONDS = 30
# In a worker the app has a connection of its own, where a job would be seen, and done in vain,
# before what it follows from is committed.
_queue = JobManager(DjangoConnector())


def defer(name: str, **arguments: Any) -> None:
    """Put a job into the queue; it exists if and only if the transaction commits.

    Arguments are ids, never personal data.
    """
    configure_task(name=name, job_manager=_queue, queue="default").defer(**arguments)


@app.periodic(cron="* * * * * */15")
@app.task(name="common.rescue_jobs", queueing_lock="common.rescue_jobs", pass_context=True)
async def rescue_jobs(context: JobContext, timestamp: int) -> None:
    """Jobs of a worker that died are done by another: all jobs may be repeated."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await manager.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(name="common.seal_logs", queueing_lock="common.seal_logs")
def seal_logs(timestamp: int) -> None:
    """What the logs have got is sealed."""
    seals.seal_logs()


@app.periodic(cron="23 * * * *")
@app.task(name="common.forget_windows", queueing_lock="common.forget_windows")
def forget_windows(timestamp: int) -> None:
    """Who has not asked for an hour is no longer counted."""
    RequestWindow.objects.filter(begins__lt=timestamp // SECONDS - 60).delete()
