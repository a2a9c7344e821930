"""Jobs belong to the transaction that asks for them, in a worker as in the web."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from common import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'cases.none'")
        (count,) = cursor.fetchone()
    return int(count)


def test_a_job_that_a_job_asks_for_goes_with_its_transaction():
    with app.replace_connector(app.connector.get_worker_connector()), transaction.atomic():
        jobs.defer("cases.none", case_id=1)
        transaction.set_rollback(True)

    assert waiting() == 0
    jobs.defer("cases.none", case_id=1)
    assert waiting() == 1
