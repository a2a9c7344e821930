"""A kept connection whose server went away is noticed without asking a question."""

import pytest
from django.db import connection, connections
from psycopg import Error

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept():
    other = connections.create_connection("default")
    other.ensure_connection()
    yield other
    other.close()


def test_a_living_connection_is_usable_without_a_question(kept, django_assert_num_queries):
    with django_assert_num_queries(0, connection=kept):
        assert kept.is_usable()


def test_one_that_the_server_ended_is_not(kept):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.connection.info.backend_pid])

    assert not kept.is_usable()


def test_one_that_is_closed_is_not(kept):
    kept.connection.close()

    assert not kept.is_usable()


def test_one_in_a_broken_transaction_is_asked(kept):
    kept.set_autocommit(False)
    with pytest.raises(Error), kept.connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")

    assert not kept.is_usable()
