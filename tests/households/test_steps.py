"""Registering people, granting, and what happens to both."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction

from common import outbox
from common.errors import ConflictError, InputError
from common.identity import check_character
from households import steps
from households.models import Benefit, BenefitVersion, Household, Person
from tests.households.conftest import Home, make_person

NUMBER = "33112519800202123" + check_character("33112519800202123")


def register() -> tuple[Person, Household]:
    return steps.register_person(
        id_number=NUMBER, name="欧阳娜", division_code="331125001000", actor=None
    )


@pytest.mark.django_db
def test_a_person_whom_nobody_knows_gets_a_provisional_household():
    person, household = register()

    assert household.is_provisional
    assert household.division_code == "331125001000"
    assert (person.id_tail, person.name_pinyin) == (NUMBER[-4:], "ou yang na")
    assert NUMBER.encode() not in bytes(person.id_number)
    assert steps.find_person(NUMBER.lower()) == person
    assert register() == (person, household)
    assert Person.objects.registered_as(person.person_no).get() == person


@pytest.mark.parametrize(("name", "code"), [(" ", "name-required"), ("a\x00", "invalid-data")])
@pytest.mark.django_db
def test_a_name_is_needed(name: str, code: str):
    with pytest.raises(InputError) as caught:
        steps.register_person(id_number=NUMBER, name=name, division_code="331125001000", actor=None)

    assert caught.value.code == code


@pytest.mark.django_db(transaction=True)
def test_two_desks_register_one_person():
    def desk(_number: int) -> int:
        try:
            with transaction.atomic():
                return register()[0].pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(desk, range(4)))

    assert len(found) == Person.objects.count() == Household.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_outcome_granted_many_times_at_once_is_one_benefit(home: Home):
    def officer(_number: int) -> int:
        try:
            with transaction.atomic():
                return grant(home).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(officer, range(12)))

    assert len(found) == Benefit.objects.count() == BenefitVersion.objects.count() == 1


def grant(home: Home, **values) -> Benefit:
    options = {
        "source_id": home.civil.pk, "source_ref": "LB1", "matter": "min_living", "matter_id": 7,
        "household": home.household, "starts_on": date(2026, 1, 1), "form": "monthly",
        "amount_yuan": Decimal("500.00"), "event": outbox.publish("benefit.granted"),
    }  # fmt: skip
    return steps.grant_benefit(**(options | values))


@pytest.mark.django_db
def test_the_same_number_with_another_content_is_a_conflict(home: Home):
    grant(home)

    for other in ({"amount_yuan": Decimal(1)}, {"source_ref": "LB2"}, {"matter": "other"}):
        with pytest.raises(ConflictError):
            grant(home, **other)
    assert Benefit.objects.get().amount_yuan == 500


@pytest.mark.parametrize(
    "values",
    [
        {"household": None},
        {"ends_on": date(2025, 12, 31)},
        {"amount_yuan": Decimal(-1)},
        {"person": "head"},
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_granted(home: Home, values: dict):
    if "person" in values:
        values = {"person": home.head}

    with pytest.raises(InputError):
        grant(home, **values)


@pytest.mark.django_db
def test_the_household_a_person_is_in(home: Home):
    other = Household.objects.create(household_no="H0", division_code="331125001001")
    home.head.memberships.create(
        household=other, person_no="P000", relation="other", division_code="331125001001",
        member_to=date(2026, 5, 1),
    )  # fmt: skip

    assert steps.current_household(home.head, date(2026, 4, 30)) == other
    assert steps.current_household(home.head, date(2026, 5, 1)) == home.household
    steps.record_move(person=home.head, on=date(2026, 6, 1), actor=None)
    assert steps.current_household(home.head, date(2026, 7, 1)) == home.household
    assert [m.person for m in steps.members(home.household, date(2026, 7, 1))] == [home.child]


@pytest.mark.django_db
def test_a_search_finds_by_number_name_and_tail(home: Home):
    stranger = Household.objects.create(household_no="H2", division_code="331125201200")
    make_person(stranger, 30)
    everywhere = Household.objects.all()

    assert everywhere.search("H1").get() == home.household
    assert everywhere.search("张30").get() == stranger
    assert everywhere.search(home.child.id_tail).get() == home.household
    assert everywhere.in_divisions(["331125001"]).get() == home.household
    assert everywhere.in_divisions([]).count() == 0
    assert everywhere.in_divisions(["331125201", ""]).count() == 2
