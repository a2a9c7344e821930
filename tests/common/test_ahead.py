"""Reading ahead gives the same in the same order, and never leaves a thread or a connection."""

import threading
import time
from collections.abc import Generator

import pytest
from django.db import connection

from common.ahead import WAITING, read_ahead

pytestmark = pytest.mark.django_db(transaction=True)


def threads() -> int:
    return threading.active_count()


def is_gone(pid: int) -> bool:
    """Within seconds: the server notices a closed connection after the client has gone on."""
    for _attempt in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
            if cursor.fetchone() == (0,):
                return True
        time.sleep(0.05)
    return False


def test_what_is_read_comes_in_its_order_from_a_connection_of_its_own():
    def rows() -> Generator[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT n, pg_backend_pid() FROM generate_series(1, 50) n")
            yield from cursor.fetchall()

    before = threads()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [own] = cursor.fetchone()

    found = list(read_ahead(rows))

    assert [n for n, _pid in found] == list(range(1, 51))
    assert {pid for _n, pid in found} != {own}
    assert threads() == before
    assert is_gone(found[0][1])


def test_an_error_is_raised_after_what_came_before_it():
    def rows() -> Generator[int]:
        yield 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    source, before = read_ahead(rows), threads()

    assert next(source) == 1
    with pytest.raises(Exception, match="division by zero"):
        next(source)
    assert threads() == before


def test_who_stops_reading_stops_it_and_no_more_waits_than_a_few():
    given: list[int] = []
    closed = threading.Event()

    def rows() -> Generator[int]:
        try:
            for n in range(1000):
                given.append(n)
                yield n
        finally:
            closed.set()

    source = read_ahead(rows)
    assert next(source) == 0
    source.close()

    assert closed.is_set()
    assert len(given) <= WAITING + 3
