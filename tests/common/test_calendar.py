"""Working days, limits and their explanations."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import calendar, clock
from common.calendar import Limit, add_workdays, workdays_between
from common.errors import InputError
from common.models import CalendarDay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_calendar():
    calendar.forget_declared()


def test_national_day_and_its_make_up_day_are_counted_as_the_state_council_says():
    found = add_workdays(date(2026, 9, 21), 15, [(date(2026, 10, 12), date(2026, 10, 15))])

    # 25 September and 1 to 7 October rest, Saturday 10 October works, four days paused
    assert found.on == date(2026, 10, 23)
    assert "2026-10-10" in found.explanation
    assert "2026-10-01" in found.explanation
    assert "4" in found.explanation
    assert not found.provisional


def test_the_day_of_the_start_is_not_counted():
    assert add_workdays(date(2026, 11, 23), 1).on == date(2026, 11, 24)
    assert add_workdays(date(2026, 11, 23), 0).on == date(2026, 11, 23)


def test_a_start_on_a_rest_day_counts_from_the_next_working_day():
    assert add_workdays(date(2026, 11, 21), 1).on == date(2026, 11, 23)


def test_beyond_the_published_calendar_a_limit_is_provisional_and_says_so():
    found = add_workdays(date(2026, 12, 25), 10)

    assert found.provisional
    assert "公布" in found.explanation


def test_a_declared_day_goes_before_the_published_calendar():
    CalendarDay.objects.create(on=date(2026, 11, 24), is_workday=False, note="台风停工")
    calendar.forget_declared()

    assert add_workdays(date(2026, 11, 23), 1).on == date(2026, 11, 25)


@given(st.dates(date(2024, 1, 1), date(2026, 10, 1)), st.integers(0, 60))
def test_counting_there_and_back_agrees(start, count):
    found = add_workdays(start, count)

    assert workdays_between(start, found.on) == count


@given(
    st.dates(date(2024, 1, 1), date(2026, 6, 1)),
    st.integers(1, 30),
    st.integers(0, 40),
    st.integers(0, 20),
)
def test_a_pause_moves_the_end_by_the_working_days_it_touches(start, count, offset, length):
    first = date.fromordinal(start.toordinal() + 1 + offset)
    last = date.fromordinal(first.toordinal() + length)
    plain = add_workdays(start, count)

    paused = add_workdays(start, count, [(first, last)])

    net = workdays_between(start, paused.on) - sum(
        calendar.is_workday(date.fromordinal(n))
        for n in range(first.toordinal(), min(last, paused.on).toordinal() + 1)
    )
    assert net == count
    assert paused.on >= plain.on


@pytest.mark.parametrize("text", ["15", "wd15", "1w", "-3d", "99999d", ""])
def test_a_malformed_limit_is_refused(text):
    with pytest.raises(InputError):
        Limit.parse(text)


def test_seven_days_of_publicity_end_with_the_seventh_full_day():
    posted = datetime(2026, 11, 23, 9, 30, tzinfo=clock.ZONE)

    ends, found = calendar.due(Limit.parse("7d"), posted)

    assert found.on == date(2026, 11, 30)
    assert ends == datetime(2026, 12, 1, tzinfo=clock.ZONE)


def test_hours_count_from_the_moment_itself():
    reported = datetime(2026, 11, 27, 22, 0, tzinfo=clock.ZONE)

    ends, _found = calendar.due(Limit.parse("24h"), reported)

    assert ends == datetime(2026, 11, 28, 22, 0, tzinfo=clock.ZONE)


def test_the_end_of_the_calendar_is_refused():
    with pytest.raises(InputError):
        add_workdays(date(9999, 12, 30), 5)
