"""The facts of the aid in force: what runs, for whom, and what cannot be right."""

from datetime import date
from decimal import Decimal

import pytest

from households import codes
from households.models import Benefit, Household
from tests.households.conftest import Home
from tests.households.facts_given import TODAY, change, grant, make_other, of, pay, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(home: Home) -> Household:
    return make_other()


@pytest.mark.parametrize("matter", codes.Matter.values)
def test_aid_reaches_the_person_or_the_whole_household(home: Home, matter: str):
    before = of(home.head)[f"has_{matter}"]

    grant(home.child, matter=matter)
    own = of(home.head)[f"has_{matter}"], of(home.child)[f"has_{matter}"]
    grant(home.household, matter=matter)

    assert before is False
    assert own == (False, True)
    assert of(home.head)[f"has_{matter}"] is True


ONCE = {"form": "once", "starts_on": date(2026, 3, 5)}
SPANS = [
    ({}, TODAY, True),
    ({}, date(2025, 12, 31), False),
    ({"ends_on": date(2026, 11, 24)}, TODAY, True),
    ({"ends_on": TODAY}, TODAY, False),
    ({"ends_on": date(2026, 1, 1)}, date(2026, 1, 1), False),  # revoked
    (ONCE, date(2026, 3, 4), False),
    (ONCE, date(2026, 3, 5), True),
    (ONCE | {"ends_on": date(2026, 3, 6)}, date(2026, 12, 31), True),
    (ONCE, date(2027, 1, 1), False),
    (ONCE | {"ends_on": date(2026, 3, 5)}, TODAY, False),  # revoked
]


@pytest.mark.parametrize(("span", "on", "runs"), SPANS)
def test_aid_runs_as_the_happiness_list_has_it(home: Home, span: dict, on: date, runs: bool):
    grant(home.household, **span)

    found = of(home.head, on)

    assert found["has_min_living"] is runs
    assert Benefit.objects.current(on=on).exists() is runs
    monthly = runs and "form" not in span
    assert found["month_min_living"] == (500 if monthly else 0)


@pytest.mark.parametrize(
    "matter", ["min_living", "destitute_support", "disabled_living", "disabled_care",
               "child_support"],
)  # fmt: skip
def test_monthly_sums_are_of_monthly_aid(home: Home, matter: str):
    grant(home.head, matter=matter)
    grant(home.household, matter=matter, amount_yuan=Decimal("120.50"))
    grant(home.head, matter=matter, form="once", amount_yuan=Decimal(9000))
    grant(home.head, matter=matter, amount_yuan=None)

    assert of(home.head)[f"month_{matter}"] == Decimal("620.50")
    assert of(home.child)[f"month_{matter}"] == Decimal("120.50")


def test_temporary_aid_of_twelve_months(home: Home):
    aid = {"matter": "temporary_aid", "form": "once"}
    grant(home.household, **aid, starts_on=date(2025, 11, 23))  # a day too early
    grant(home.household, **aid, starts_on=date(2025, 11, 24))
    grant(home.head, **aid, starts_on=TODAY, amount_yuan=Decimal("99.50"))
    grant(home.head, **aid, starts_on=date(2026, 11, 24))
    grant(home.head, **aid, starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 1))

    found = of(home.head)

    assert found["temporary_aid_count_12m"] == 2
    assert found["temporary_aid_sum_12m"] == Decimal("599.50")
    assert of(home.child)["temporary_aid_count_12m"] == 1
    assert of(home.child, date(2025, 11, 22))["temporary_aid_sum_12m"] == 0


def test_a_bill_is_overpaid_by_all_aid_that_bears_it(home: Home):
    bill = {"form": "once", "bill_no": "F1", "bill_total_yuan": Decimal(800)}
    grant(home.head, matter="medical_aid", **bill)
    grant(home.head, matter="medical_aid", **bill | {"bill_no": "F2"})
    grant(home.household, matter="temporary_aid", **bill | {"amount_yuan": Decimal(300)})
    whole = of(home.head)["bill_overpaid"]
    grant(home.head, matter="charity_aid", **bill | {"amount_yuan": Decimal("0.01")})

    assert whole is False
    assert of(home.head)["bill_overpaid"] is True
    assert of(home.head)["bill_twice"] is False
    assert of(home.child)["bill_overpaid"] is False


def test_a_bill_counts_once_a_matter_for_anybody(home: Home, other: Household):
    stranger = other.memberships.get().person
    bill = {"form": "once", "bill_no": "F1", "matter": "medical_aid"}
    grant(home.head, **bill)
    grant(stranger, **bill | {"matter": "charity_aid"})
    grant(stranger, **bill | {"ends_on": date(2026, 1, 1)})  # revoked
    before = of(home.head)["bill_twice"]

    grant(stranger, **bill)

    assert before is False
    assert [of(who)["bill_twice"] for who in (home.head, stranger, home.child)] == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("paid_on", "told"),
    [(date(2026, 9, 30), False), (date(2026, 10, 1), True), (date(2026, 11, 24), False)],
)
def test_money_paid_after_the_month_of_death(home: Home, paid_on: date, told: bool):
    pay(home.head, paid_on)
    alive = of(home.head)["paid_after_death"]

    change(home.head, died_on=date(2026, 9, 10))

    assert alive is False
    assert of(home.head)["paid_after_death"] is told
    assert of(home.child)["paid_after_death"] is False


def test_monthly_aid_that_runs_on_after_death(home: Home):
    change(home.head, died_on=TODAY)
    grant(home.household)
    for_the_child = of(home.head)["paid_after_death"]

    own = grant(home.head, matter="aged_living")

    assert for_the_child is False
    assert of(home.head)["paid_after_death"] is True
    assert of(home.head, date(2026, 11, 22))["paid_after_death"] is False
    Benefit.objects.filter(pk=own.pk).update(ends_on=TODAY)
    assert of(home.head)["paid_after_death"] is False
    change(home.child, died_on=TODAY)  # nobody is left whom the household's is for
    assert of(home.head)["paid_after_death"] is True


def test_aid_of_two_households(home: Home, other: Household):
    register(home.head, other, "P000")
    grant(home.household)
    grant(home.head, matter="destitute_support")
    grant(other, matter="housing_aid")
    before = of(home.head)["has_other_household_aid"]

    grant(other, matter="marginal_household", form="status")

    assert before is False
    assert of(home.head)["has_other_household_aid"] is True
    assert of(home.head)["has_housing_aid"] is True
    assert of(home.child)["has_other_household_aid"] is False
    assert of(home.head)["has_marginal_household"] is True
