"""Events get their position in commit order, once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from common import clock, outbox
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


def test_what_was_known_on_a_day_does_not_depend_on_when_it_was_numbered():
    now = clock.now()
    days = [now - timedelta(days=n) for n in (3, 2, 5, 1)]  # the third began first, wrote late
    Event.objects.bulk_create(Event(name="x", at=day) for day in days)
    outbox.number_events()
    Event.objects.create(name="x", at=now - timedelta(days=4))
    outbox.number_events()

    numbered = list(Event.objects.order_by("position").values_list("numbered_at", flat=True))
    assert numbered == [days[0], days[1], days[1], days[3], days[3]]
