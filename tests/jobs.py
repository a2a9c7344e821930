"""Running the queue's waiting jobs in the test's own process, one after another."""

from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

NEXT = """
UPDATE procrastinate_jobs SET status = 'doing', attempts = attempts + 1
WHERE id = (
    SELECT id FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
    ORDER BY priority DESC, id LIMIT 1
)
RETURNING id, task_name, args
"""
END = "UPDATE procrastinate_jobs SET status = %s WHERE id = %s"


def run_waiting(*, limit: int = 10_000) -> int:
    """Run jobs until none is due; a failing job fails the test."""
    for count in range(limit):
        job = _next()
        if job is None:
            return count
        job_id, name, arguments = job
        try:
            app.tasks[name].func(**arguments)
        except BaseException:
            _execute(END, ["failed", job_id])
            raise
        _execute(END, ["succeeded", job_id])
    raise AssertionError(f"more than {limit} jobs: does one put itself into the queue?")


def _next() -> tuple[int, str, dict[str, Any]] | None:
    import json

    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        row = cursor.fetchone()
    if row is None:
        return None
    arguments = json.loads(row[2]) if isinstance(row[2], str) else row[2]
    return row[0], row[1], arguments


def _execute(statement: str, arguments: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
