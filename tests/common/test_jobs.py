"""Nothing in the queue is lost with the worker that had it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from common import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def statuses() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'case_id', status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


async def rescue() -> None:
    other = app.with_connector(app.connector.get_worker_connector())
    async with other.open_async():
        await jobs.rescue_jobs.func(SimpleNamespace(app=other), timestamp=0)


def test_a_job_of_a_worker_that_died_comes_back_and_that_of_a_living_one_stays():
    execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    for case_id in ("1", "2", "3"):
        jobs.defer("cases.wake_matters", case_id=case_id)
    execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')"
    )
    execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM "
        "procrastinate_workers ORDER BY last_heartbeat DESC LIMIT 1) WHERE args->>'case_id' = '1'"
    )
    execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM "
        "procrastinate_workers ORDER BY last_heartbeat LIMIT 1) WHERE args->>'case_id' = '2'"
    )
    execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE args->>'case_id' = '3'")

    with ThreadPoolExecutor(1) as pool:  # a browser test may keep a loop in this thread
        pool.submit(asyncio.run, rescue()).result()

    assert statuses() == {"1": "doing", "2": "todo", "3": "todo"}
    execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
