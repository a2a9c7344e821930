"""The tests' own way to run jobs."""

from collections.abc import Callable

import pytest
from django.db import connection
from procrastinate.contrib.django import app

ran: list[int] = []


@app.task(name="tests.note_down")
def note_down(*, number: int) -> None:
    ran.append(number)


@pytest.mark.django_db(transaction=True)
def test_waiting_jobs_are_run_in_order(run_jobs: Callable[..., int]) -> None:
    with connection.cursor() as cursor:  # the queue's tables are not Django's to empty
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    for number in (3, 1, 2):
        note_down.defer(number=number)

    count = run_jobs()

    assert (count, ran) == (3, [3, 1, 2])
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT status FROM procrastinate_jobs")
        assert cursor.fetchall() == [("succeeded",)]
