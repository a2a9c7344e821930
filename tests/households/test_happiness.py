"""The happiness list: what stands on it, as of a day, as known at a moment, and its sums."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from common import clock, outbox
from households import steps
from households.happiness import happiness_list, totals
from households.models import Benefit
from tests.households.conftest import Home, make_person

TODAY = date(2026, 11, 23)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def grant(home: Home, ref: str, **values) -> Benefit:
    options = {
        "matter": "min_living", "starts_on": date(2026, 1, 1), "form": "monthly",
        "amount_yuan": Decimal(500), "household": home.household,
    } | values  # fmt: skip
    if "person" in options:
        options.pop("household")
    event = outbox.publish("benefit.granted")
    return steps.grant_benefit(source_id=home.civil.pk, source_ref=ref, event=event, **options)


def matters(found: dict) -> list[str]:
    return [entry["matter"] for entry in found["entries"]]


def test_the_json_of_the_contract(home: Home):
    grant(home, "a", granted_on=date(2025, 12, 20), measure="低保金",
          lines=[{"measure": "增发", "amount": "50.00"}])  # fmt: skip
    grant(home, "b", person=home.child, matter="disabled_care", amount_yuan=None, form="service")

    found = happiness_list(home.household)

    assert set(found) == {"household", "members", "entries", "totals"}
    assert [m["person_no"] for m in found["members"]] == ["P002", "P001"]
    assert found["household"]["village"] == "中山社区"
    first, second = found["entries"]
    assert first["amount"] == "500.00"
    assert (first["organisation"], first["source"]) == ("civil", "civil:a")
    assert (first["starts_on"], first["ends_on"]) == ("2026-01-01", None)
    assert first["lines"] == [{"measure": "增发", "amount": "50.00"}]
    assert (second["person_no"], second["amount"]) == ("P001", None)
    assert home.head.open_id_number() not in str(found)


def test_without_a_day_what_is_not_ended_and_what_begins_later(home: Home):
    grant(home, "running")
    grant(home, "next", matter="disabled_care", starts_on=date(2026, 12, 1))
    grant(home, "over", matter="aged_living", ends_on=TODAY)

    assert matters(happiness_list(home.household)) == ["min_living", "disabled_care"]


def test_on_a_day_what_held_then(home: Home):
    grant(home, "a", starts_on=date(2026, 3, 1), ends_on=date(2026, 6, 1))

    for day, count in ((date(2026, 2, 28), 0), (date(2026, 3, 1), 1), (date(2026, 5, 31), 1),
                       (date(2026, 6, 1), 0)):  # fmt: skip
        assert len(happiness_list(home.household, as_of=day)["entries"]) == count


def test_granted_once_stands_for_its_calendar_year(home: Home):
    once = grant(home, "a", form="once", starts_on=date(2026, 5, 5), matter="temporary_aid")
    grant(home, "b", form="once", starts_on=date(2025, 12, 31), matter="temporary_aid")

    assert len(happiness_list(home.household)["entries"]) == 1
    for day, count in ((date(2026, 5, 4), 0), (date(2026, 12, 31), 1), (date(2027, 1, 1), 0)):
        found = happiness_list(home.household, as_of=day)["entries"]
        assert [e["starts_on"] for e in found if e["starts_on"] != "2025-12-31"] == [
            "2026-05-05"
        ] * count
    steps.end_benefit(benefit_id=once.pk, ends_on=once.starts_on, event=outbox.publish("x"))
    assert happiness_list(home.household)["entries"] == []


def test_who_has_left_takes_their_aid_along(home: Home):
    grant(home, "a", person=home.child)
    steps.record_death(person=home.child, on=date(2026, 6, 30), actor=None)

    assert happiness_list(home.household)["entries"] == []
    assert len(happiness_list(home.household, as_of=date(2026, 6, 30))["entries"]) == 1


def test_known_at_a_moment(home: Home):
    before = clock.now()
    benefit = grant(home, "a")
    outbox.number_events()
    granted = clock.now()
    steps.change_benefit(
        benefit_id=benefit.pk, amount_yuan=Decimal(650), event=outbox.publish("benefit.changed")
    )
    unnumbered = happiness_list(home.household, known_at=granted)
    changed = clock.now()
    steps.end_benefit(
        benefit_id=benefit.pk, ends_on=date(2026, 2, 1), event=outbox.publish("benefit.ended")
    )
    outbox.number_events()

    assert happiness_list(home.household, known_at=before)["entries"] == []
    for found in (unnumbered, happiness_list(home.household, known_at=granted)):
        assert [e["amount"] for e in found["entries"]] == ["500.00"]
    known = happiness_list(home.household, known_at=changed)
    assert [e["amount"] for e in known["entries"]] == ["650.00"]
    assert happiness_list(home.household, known_at=clock.now())["entries"] == []
    then = happiness_list(home.household, as_of=date(2026, 1, 15), known_at=clock.now())
    assert [e["ends_on"] for e in then["entries"]] == ["2026-02-01"]


def test_the_number_of_queries_does_not_grow(home: Home):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            happiness_list(home.household)
        return len(queries)

    grant(home, "a")
    few = count()
    for number in range(10, 20):
        person = make_person(home.household, number, relation="other")
        grant(home, f"b{number}", person=person)

    assert count() == few <= 4


def test_sums_of_month_quarter_and_year(home: Home):
    grant(home, "a")
    grant(home, "b", matter="disabled_care", starts_on=date(2026, 12, 1), amount_yuan=Decimal(250))
    grant(home, "c", matter="temporary_aid", form="once", starts_on=date(2026, 11, 2),
          amount_yuan=Decimal("1200.50"))  # fmt: skip
    grant(home, "d", matter="medical_aid", form="yearly", starts_on=date(2024, 10, 8),
          amount_yuan=Decimal(100))  # fmt: skip
    grant(home, "e", matter="utility_relief", form="waiver", amount_yuan=Decimal(99))

    assert happiness_list(home.household)["totals"] == {
        "month": "1950.50",
        "quarter": f"{3 * 500 + 250 + Decimal('1200.50') + 100:.2f}",
        "year": f"{12 * 500 + 250 + Decimal('1200.50') + 100:.2f}",
    }


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(0, 800), st.dates(
    date(2026, 1, 1), date(2026, 12, 31)))  # fmt: skip
def test_a_year_of_a_monthly_sum_is_its_months(starts_on: date, days: int, on: date):
    """By hand: each month of the year that one of its days touches."""
    ends_on = starts_on + timedelta(days=days)
    benefit = Benefit(starts_on=starts_on, ends_on=ends_on, form="monthly", amount_yuan=Decimal(1))
    months = {
        (day.year, day.month)
        for day in (starts_on + timedelta(days=n) for n in range(days))
        if day.year == on.year
    }

    sums = totals([(benefit, benefit)], on=on)

    assert sums["year"] == f"{len(months):.2f}"
    assert Decimal(sums["quarter"]) <= Decimal(sums["year"])


def test_a_grant_and_what_takes_its_place_are_not_both_counted(home: Home):
    first = grant(home, "a", ends_on=date(2026, 12, 1))
    grant(home, "b", starts_on=date(2026, 12, 1), amount_yuan=Decimal(650))
    grant(home, "c", person=home.child, starts_on=date(2026, 12, 1), amount_yuan=Decimal(70))
    grant(home, "d", person=home.child, matter="disabled_care", ends_on=date(2026, 12, 1),
          amount_yuan=Decimal(9))  # fmt: skip

    found = happiness_list(home.household)

    assert len(found["entries"]) == 4
    assert found["totals"]["month"] == f"{650 + 70 + 9:.2f}"  # nothing takes the place of d
    assert found["totals"]["quarter"] == f"{2 * 500 + 650 + 70 + 2 * 9:.2f}"
    then = happiness_list(home.household, as_of=date(2026, 11, 1))["totals"]["month"]
    assert then == f"{first.amount_yuan + 9:.2f}"


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 40)), min_size=1, max_size=5),
    st.booleans(),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_one_aid_granted_anew_and_anew_counts_once_a_month(
    spans: list[tuple[int, int]], is_open: bool, on: date
):
    """By hand: one yuan a month, whichever of the grants brings it."""
    rows, months, starts_on = [], set(), date(2026, 1, 15)
    for days, gap in spans:
        ends_on = starts_on + timedelta(days=days)
        rows.append(Benefit(matter="min_living", household_id=1, starts_on=starts_on,
                            ends_on=ends_on, form="monthly", amount_yuan=Decimal(1)))  # fmt: skip
        months |= {(d.year, d.month) for d in (starts_on + timedelta(n) for n in range(days))}
        starts_on = ends_on + timedelta(days=gap)
    if is_open:
        rows[-1].ends_on = None
        months |= {(year, month) for year in range(rows[-1].starts_on.year, 2029)
                   for month in range(1, 13) if (year, month) >= (
                       rows[-1].starts_on.year, rows[-1].starts_on.month)}  # fmt: skip

    sums = totals([(row, row) for row in rows], on=on)

    assert sums["month"] == "1.00"
    assert sums["year"] == f"{sum(year == on.year for year, _month in months):.2f}"
