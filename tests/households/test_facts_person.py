"""The facts of a person on a day: what is read from where, and what stays unknown."""

from datetime import date
from decimal import Decimal

import pytest

from households import facts
from households.models import Household, Membership
from tests.households.conftest import Home
from tests.households.facts_given import FAR, TODAY, change, grant, make_other, of, register, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(home: Home) -> Household:
    return make_other()


COLUMNS = {  # a column of a person or household: what it holds, and what then is
    "sex": ("female", "female"),
    "obligor_state": ("unable", "unable"),
    "father_state": ("dead", "dead"),
    "mother_state": ("missing", "missing"),
    "labour": ("lost", "lost"),
    "school_stage": ("university", "university"),
    "care_level": ("half", "half"),
    "care_status": ("orphan", "orphan"),
    "disability_category": ("mental", "mental"),
    "severe_illness": (False, False),
    "insured": (True, True),
    "employment": ("务农", "务农"),
    "medical_own_cost_year": (Decimal("10000.00"), Decimal(10000)),
    "low_income_farm": (False, False),
    "rigid_spending_year": (Decimal("4000.50"), Decimal("4000.50")),
    "assets": (Decimal(0), Decimal(0)),
    "homes": (0, Decimal(0)),
    "vehicles": (2, Decimal(2)),
    "vehicles_value": (Decimal(150000), Decimal(150000)),
    "companies": (1, Decimal(1)),
    "housing": ("rent", "rent"),
    "dwelling_grade": ("D", "D"),
    "review_class": ("A", "A"),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_told_as_it_is_and_empty_is_unknown(home: Home, column: str):
    name = {"medical_own_cost_year": "medical_own_cost"}.get(column, column)
    value, told = COLUMNS[column]
    owner = home.head if hasattr(home.head, column) else home.household
    field = owner._meta.get_field(column)
    change(owner, **{column: "" if field.empty_strings_allowed and not field.null else None})
    before = of(home.head)

    change(owner, **{column: value})

    assert before[name] is None
    assert of(home.head)[name] == told


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2008, 11, 23), 18), (date(2008, 11, 24), 17), (date(2026, 11, 23), 0)],
)
def test_age_is_full_years(home: Home, born: date, age: int):
    change(home.head, birth_on=born)

    assert of(home.head)["age"] == age


def test_who_is_born_on_a_leap_day_comes_of_age_on_the_first_of_march(home: Home):
    change(home.head, birth_on=date(2008, 2, 29))

    assert of(home.head, date(2026, 2, 28))["age"] == 17
    assert of(home.head, date(2026, 3, 1))["age"] == 18


def test_relation_and_hukou(home: Home):
    assert of(home.head)["relation"] == "head"
    assert of(home.head)["hukou_local"] is None

    change(home.head, hukou_division="331125106203")
    change(home.child, hukou_division="331102001001")

    assert of(home.head)["hukou_local"] is True
    assert of(home.child)["hukou_local"] is False
    Membership.objects.filter(person=home.head).update(relation="")
    assert of(home.head)["relation"] is None


STATUS = [  # person's granted and register, household's granted and register, and what holds
    (("", ""), ("", ""), None, None),
    (("", ""), ("", "none"), "none", "none"),
    (("", ""), ("min_living", "none"), "min_living", "min_living"),
    (("", "destitute_support"), ("min_living", "none"), "destitute_support", "min_living"),
    (("none", "destitute_support"), ("", "min_living"), "none", "min_living"),
]


@pytest.mark.parametrize(("own", "homes", "category", "household_category"), STATUS)
def test_what_is_granted_goes_before_the_register_and_the_person_before_the_household(
    home: Home, own, homes, category, household_category
):
    change(home.head, granted_category=own[0], category=own[1])
    change(home.household, granted_category=homes[0], category=homes[1])

    found = of(home.head)

    assert (found["category"], found["household_category"]) == (category, household_category)
    status = home.head.status(TODAY).category or home.household.status(TODAY).category
    assert (found["category"] or "") == status


def test_a_granted_status_holds_from_its_first_day_until_its_end(home: Home):
    change(home.household, granted_category="marginal_household",
           granted_since=date(2026, 11, 1), granted_until=date(2026, 11, 23))  # fmt: skip

    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 22), TODAY]
    found = [of(home.head, day)["category"] for day in days]

    assert found == ["min_living", "marginal_household", "marginal_household", "min_living"]


CERTIFICATES = [  # category, grade, from, to; grade told, valid, expired
    (("", None, None, None), (None, None, False)),
    (("none", None, None, None), (0, False, False)),
    (("visual", None, None, None), (None, True, False)),
    (("visual", 1, TODAY, TODAY), (1, True, False)),
    (("visual", 1, date(2026, 11, 24), None), (1, False, False)),
    (("mental", 2, None, date(2026, 11, 22)), (2, False, True)),
    (("", 2, None, date(2026, 11, 22)), (2, None, True)),
]


@pytest.mark.parametrize(("given", "told"), CERTIFICATES)
def test_a_disability_certificate(home: Home, given, told):
    names = ("disability_category", "disability_grade", "disability_from", "disability_to")
    change(home.head, **dict(zip(names, given, strict=True)))

    found = of(home.head)

    names = ("disability_grade", "certificate_valid", "certificate_expired")
    assert tuple(found[name] for name in names) == told


UNEMPLOYED = [
    ("", None, None, None),
    ("务工", None, False, 0),
    ("失业", None, True, None),
    ("失业", date(2026, 8, 23), True, 3),
    ("失业", date(2026, 8, 24), True, 2),
    ("", date(2025, 10, 31), True, 12),
    ("失业", date(2026, 12, 1), True, 0),
]


@pytest.mark.parametrize(("employment", "since", "unemployed", "months"), UNEMPLOYED)
def test_unemployment_in_full_months(home: Home, employment, since, unemployed, months):
    change(home.head, employment=employment, unemployed_since=since)

    found = of(home.head)

    assert (found["unemployed"], found["unemployed_months"]) == (unemployed, months)


@pytest.mark.parametrize(
    ("column", "name"),
    [("died_on", "dead"), ("imprisoned_on", "imprisoned"), ("moved_on", "moved_away")],
)
def test_what_has_happened_by_the_day_counts_no_member(home: Home, column: str, name: str):
    change(home.child, **{column: TODAY})

    before, then = of(home.child, date(2026, 11, 22)), of(home.child)

    assert (before[name], before["members"], before["lives_alone"]) == (False, 2, False)
    assert (then[name], then["members"], then["lives_alone"]) == (True, 1, True)
    assert of(home.head)[name] is False


def test_who_is_registered_twice_is_one_person_of_one_household(home: Home, other: Household):
    register(home.head, other, "P000")
    register(home.head, other, "P001b")  # the same household again

    found = rows()[home.head.pk]
    others = rows(household_ids=[other.pk])

    assert (found["household_id"], found["registrations"]) == (home.household.pk, 2)
    assert of(home.child)["registrations"] == 1
    assert [row["members"] for row in others.values()] == [2]
    assert home.head.pk not in others
    assert home.head.pk not in rows(division=FAR)


def test_without_the_registration_that_names_a_person_the_lowest_number_counts(
    home: Home, other: Household
):
    Membership.objects.filter(person=home.head).update(member_to=TODAY)
    register(home.head, home.household, "P9")
    register(home.head, other, "P10", member_from=TODAY)

    assert of(home.head, date(2026, 11, 22))["household_id"] == home.household.pk
    assert of(home.head)["household_id"] == other.pk


def test_who_died_or_moved_away_is_told_of_though_no_household_has_them(home: Home):
    Membership.objects.filter(person=home.head).update(member_to=TODAY)
    home.head.died_on = TODAY
    home.head.save(update_fields=["died_on"])
    grant(home.head, matter="aged_living")

    found = rows()[home.head.pk]

    assert (found["dead"], found["died_earlier"], found["has_aged_living"]) == (True, False, True)
    assert found["household_id"] is None
    assert found["division_code"] == home.head.division_code
    assert of(home.head, date(2026, 12, 1))["died_earlier"] is True


def test_who_is_in_no_household_is_told_of_only_by_name(home: Home):
    Membership.objects.filter(person=home.head).update(member_to=TODAY)
    grant(home.head, matter="aged_living")
    grant(home.household)

    found = of(home.head)

    assert home.head.pk not in rows()
    assert (found["household_id"], found["division_code"], found["registrations"]) == (
        None,
        home.head.division_code,
        0,
    )
    assert (found["members"], found["lives_alone"]) == (0, False)
    unknown = ["relation", "category", "pci", "electricity_account_known"]
    assert [found[name] for name in unknown] == [None] * len(unknown)
    assert (found["has_aged_living"], found["has_min_living"]) == (True, False)
    assert facts.of(0, on=TODAY) is None


def test_an_account_is_shared_with_people_of_other_households_only(home: Home, other: Household):
    stranger = other.memberships.get().person
    for person in (home.head, home.child):
        change(person, bank_account_index=b"x" * 32)
    inside = of(home.head)["account_shared"]

    change(stranger, bank_account_index=b"x" * 32)

    assert inside is False
    assert of(home.head)["account_shared"] is True
    assert of(stranger)["account_shared"] is True
    Membership.objects.filter(person=stranger).update(member_to=TODAY)
    assert of(home.head)["account_shared"] is False
    change(home.head, bank_account_index=None)
    assert of(home.head)["account_shared"] is False
