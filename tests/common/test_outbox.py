"""Events get their position in commit order, once."""

import threading

import pytest
from django.db import connection, transaction

from common import outbox
from common.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def test_positions_follow_commits_and_stay():
    first = outbox.publish("case.opened", stream="case:1")
    outbox.number_events()
    second = outbox.publish("case.closed", stream="case:1")

    assert outbox.number_events() == 1
    assert outbox.number_events() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.position, second.position) == (1, 2)


def test_an_event_that_commits_late_comes_after_those_already_numbered():
    written, numbered = threading.Event(), threading.Event()

    def slow_writer():
        try:
            with transaction.atomic():
                outbox.publish("case.opened", stream="case:1")  # takes the lower id
                written.set()
                numbered.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    written.wait(10)
    outbox.publish("case.opened", stream="case:2")
    outbox.number_events()
    numbered.set()
    thread.join(10)
    outbox.number_events()

    streams = list(Event.objects.order_by("position").values_list("stream", flat=True))
    assert streams == ["case:2", "case:1"]
