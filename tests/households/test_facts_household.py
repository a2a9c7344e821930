"""The facts of a household, made of its own columns and of its members."""

from datetime import date
from decimal import Decimal

import pytest

from tests.households.conftest import Home
from tests.households.facts_given import TODAY, change, meter, of

pytestmark = pytest.mark.django_db


def test_income_is_the_households_own_else_the_sum_of_its_members(home: Home):
    change(home.child, birth_on=date(2015, 1, 1))
    assert of(home.head)["income_month"] is None

    change(home.head, income_month=Decimal("1000.01"))  # a child's may be unknown
    summed = of(home.child)
    change(home.household, income_month=Decimal(900))
    own = of(home.child)

    assert (summed["income_month"], summed["pci"]) == (Decimal("1000.01"), Decimal("500.01"))
    assert summed["income_year"] == Decimal("12000.12")
    assert (own["income_month"], own["pci"], own["income_year"]) == (900, 450, 10800)


def test_an_adults_unknown_income_leaves_the_sum_unknown(home: Home):
    change(home.head, income_month=Decimal(1000))
    unknown = of(home.head)

    change(home.child, died_on=date(2026, 1, 1))  # who does not count does not matter

    for name in ("income_month", "pci", "income_year", "rigid_share", "pci_less_rigid"):
        assert unknown[name] is None, name
    assert of(home.head)["income_month"] == 1000


def test_no_figure_at_all_is_no_income_of_zero(home: Home):
    for person in (home.head, home.child):
        change(person, birth_on=date(2015, 1, 1))

    assert of(home.head)["income_month"] is None


def test_what_is_spent_of_a_years_income(home: Home):
    change(home.household, income_year=Decimal(30000), rigid_spending_year=Decimal(20000))
    found = of(home.head)
    change(home.household, income_year=Decimal(0))
    nothing = of(home.head)

    assert (found["rigid_share"], found["pci_less_rigid"]) == (Decimal("0.6667"), Decimal("416.67"))
    assert found["income_month"] is None  # not made of the year's
    assert (nothing["rigid_share"], nothing["pci_less_rigid"]) == (None, Decimal("-833.33"))


def test_a_household_of_nobody_has_no_income_a_head(home: Home):
    change(home.household, income_month=Decimal(900), floor_area=Decimal(50))
    for person in (home.head, home.child):
        change(person, died_on=TODAY)

    found = of(home.head)

    assert (found["members"], found["lives_alone"], found["income_month"]) == (0, False, 900)
    assert (found["pci"], found["floor_area_per_head"]) == (None, None)
    assert (found["has_student"], found["has_severely_disabled"]) == (False, False)


def test_floor_area_and_accounts(home: Home):
    unknown = of(home.head)
    change(home.household, floor_area=Decimal("50.01"), electricity_account="1", gas_account="2")

    found = of(home.head)

    assert (unknown["floor_area_per_head"], unknown["electricity_account_known"]) == (None, False)
    assert found["floor_area_per_head"] == Decimal("25.01")
    names = ("electricity_account_known", "water_account_known", "gas_account_known")
    assert [found[name] for name in names] == [True, False, True]


def test_a_review_is_overdue_the_day_after(home: Home):
    unknown = of(home.head)["review_overdue"]
    change(home.household, next_review_on=TODAY)

    assert unknown is None
    assert of(home.head)["review_overdue"] is False
    assert of(home.head, date(2026, 11, 24))["review_overdue"] is True


@pytest.mark.parametrize(
    ("amounts", "drop"),
    [
        ((), None),
        ((50,), None),
        ((100, 50), Decimal(50)),
        ((50, 100), Decimal(0)),
        ((900, 100, 100, 70, 30), Decimal("66.67")),
        ((0, 0), Decimal(0)),
    ],
)
def test_a_drop_is_measured_by_the_three_months_before(home: Home, amounts, drop):
    meter(home, "electricity", *amounts)
    meter(home, "water", 10, 0)
    meter(home, "electricity", 1, newest=date(2026, 11, 1))  # this month is not over

    found = of(home.head)

    assert found["electricity_drop"] == drop
    assert found["water_drop"] == 100


SEVERE = [  # category, grade, certificate's last day; told
    (("none", None, None), False),
    (("", None, None), None),
    (("", 4, None), False),
    (("physical", 2, None), True),
    (("physical", 3, None), False),
    (("mental", 3, None), True),
    (("intellectual", None, None), None),
    (("physical", 1, date(2026, 11, 22)), False),
]


@pytest.mark.parametrize(("given", "told"), SEVERE)
def test_somebody_is_severely_disabled(home: Home, given, told):
    names = ("disability_category", "disability_grade", "disability_to")
    change(home.head, disability_category="none")
    change(home.child, **dict(zip(names, given, strict=True)))

    assert of(home.head)["has_severely_disabled"] is told


def test_somebody_goes_to_school(home: Home):
    change(home.head, school_stage="none")
    unknown = of(home.head)["has_student"]
    change(home.child, school_stage="none")
    nobody = of(home.head)["has_student"]
    change(home.child, school_stage="senior")

    assert (unknown, nobody, of(home.head)["has_student"]) == (None, False, True)
