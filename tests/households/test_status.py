"""The status of a household or person: granted in a case, or what the register says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import clock, outbox
from households import represent, steps
from households.happiness import happiness_list
from households.models import Household, Status
from tests.households.conftest import Home

TODAY = date(2026, 11, 23)
REGISTER = Status("min_living", None)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def grant(home: Home, *, ends_on: date | None = None) -> int:
    """As a case does it: the benefit, and the status that comes with it."""
    benefit = steps.grant_benefit(
        source_id=home.civil.pk, source_ref="c1/1", event=outbox.publish("benefit.granted"),
        household=home.household, matter="expenditure_hardship", starts_on=TODAY,
        ends_on=ends_on, form="status", granted_on=TODAY, case_id=1, matter_id=1,
    )  # fmt: skip
    steps.set_category(
        household=home.household, category="expenditure_hardship", since=TODAY, until=ends_on
    )
    return benefit.pk


def test_what_was_granted_goes_before_the_register_until_it_ends(home: Home):
    grant(home, ends_on=date(2027, 11, 23))

    found = Household.objects.get()
    assert found.category == "min_living"
    assert found.status(TODAY) == Status("expenditure_hardship", TODAY)
    assert found.status(date(2027, 11, 22)).category == "expenditure_hardship"
    for day in (TODAY - timedelta(days=1), date(2027, 11, 23)):
        assert found.status(day) == REGISTER


@pytest.mark.parametrize("ends_on", [TODAY, date(2026, 12, 1)])
def test_a_status_ends_with_its_benefit(home: Home, ends_on: date):
    benefit_id = grant(home)

    steps.end_benefit(benefit_id=benefit_id, ends_on=ends_on, event=outbox.publish("x"))

    found = Household.objects.get()
    assert found.status(ends_on) == REGISTER
    assert found.status(TODAY) == (
        REGISTER if ends_on == TODAY else ("expenditure_hardship", TODAY)
    )


def test_the_status_in_force_is_what_is_shown_and_searched(home: Home):
    grant(home)
    steps.set_category(person=home.child, category="marginal_household", since=TODAY)

    row = Household.objects.get()
    listing = happiness_list(row)
    assert listing["household"]["category"] == "expenditure_hardship"
    assert listing["household"]["category_since"] == "2026-11-23"
    assert [m["category"] for m in listing["members"]] == ["", "marginal_household"]
    assert represent.households([row])[0]["category"] == "expenditure_hardship"
    assert home.child.status(TODAY).category == "marginal_household"
    assert Household.objects.with_status("expenditure_hardship", on=TODAY).exists()
    assert not Household.objects.with_status("min_living", on=TODAY).exists()


DAYS = st.none() | st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2))


@given(st.sampled_from(["", "none", "destitute_support"]), DAYS, DAYS)
def test_searching_and_reading_agree(category: str, since: date | None, until: date | None):
    row = Household.objects.create(
        household_no="H7", division_code="331125001001", category="min_living",
        granted_category=category, granted_since=since, granted_until=until,
    )  # fmt: skip

    rows = Household.objects.with_status(row.status(TODAY).category, on=TODAY)

    assert rows.filter(pk=row.pk).exists()
    row.delete()
