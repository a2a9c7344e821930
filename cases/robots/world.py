"""What robots see and move inside the process: the clock, due dates, jobs under way."""

import math
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import Min

from cases.models import Case, Supplement
from cases.services.due import run_due
from common import clock
from workflows.models import Timer, WorkItem

R = TypeVar("R")
PATIENCE = 180.0
DAY = 86400


def persist(action: Callable[[], R], patience: float = PATIENCE) -> R:
    """Do something in the database, again while the database is away."""
    until = time.monotonic() + patience
    while True:
        try:
            return action()
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.5)
        finally:
            close_old_connections()


def today() -> date:
    """The business date."""
    return clock.today()


def jobs_under_way() -> int:
    """Jobs that are waiting or being done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return int(cursor.fetchone()[0])


def next_due(case_ids: list[int]) -> datetime | None:
    """When the next of the cases' timers or times to supply papers ends."""
    timers = Timer.objects.filter(fired_at=None, instance__subject_id__in=case_ids)
    papers = Supplement.objects.filter(settled_at=None, case_id__in=case_ids)
    dues = [rows.aggregate(due=Min("due_at"))["due"] for rows in (timers, papers)]
    return min((due for due in dues if due is not None), default=None)


def move_to(due: datetime) -> None:
    """Move the date to where something falls due, and let it fall due."""
    days = math.ceil((due - clock.now()).total_seconds() / DAY)
    if days > 0:
        clock.advance(days=days)
    run_due()


def wait_for_jobs(patience: float = PATIENCE) -> None:
    """Until no job waits or runs. Raises TimeoutError."""
    until = time.monotonic() + patience
    while jobs_under_way():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.1)


def go_on(case_ids: list[int]) -> date:
    """Wait for jobs; where the cases have no task then, move to their next date. The date.

    Raises LookupError when there is neither task nor date.
    """
    wait_for_jobs()
    if not WorkItem.objects.open().filter(subject_id__in=case_ids).exists():
        due = next_due(case_ids)
        if due is None and Case.objects.filter(pk__in=case_ids, status="open").exists():
            raise LookupError(f"cases {case_ids} stand still")
        if due is not None:
            move_to(due)
            wait_for_jobs()
    return clock.today()
