"""What imports do to the register: the same twice, changes, corrections, versions, dry runs."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.models import Event
from households import steps
from households.models import (
    Benefit,
    BenefitVersion,
    Household,
    Membership,
    Payment,
    Person,
    Reading,
    Status,
)
from permissions.models import RoleAssignment, User
from tests.exchange.conftest import HOUSEHOLD, benefit, id_number, person

pytestmark = pytest.mark.django_db(transaction=True)


def figures(report: dict) -> tuple[int, int, int, int]:
    return tuple(report[k] for k in ("created", "updated", "unchanged", "rejected"))  # type: ignore[return-value]


def payment(number: int, **cells: str) -> dict[str, str]:
    base = {"source": "civil", "source_ref": f"Z{number}", "household_no": "H1",
            "matter": "min_living", "paid_on": "2026-02-20", "amount": "500",
            "period": "202602", "benefit_ref": "B1"}  # fmt: skip
    return base | cells


def test_each_kind_twice_changes_nothing(home, load):
    files = {
        "divisions": [{"code": "331125201000", "name": "雾溪畲族乡"}],
        "organisations": [{"code": "fuyun", "name": "浮云街道", "kind": "township",
                           "parent": "civil", "division_code": "331125001000"}],
        "staff": [{"username": "u", "name": "甲", "organisation": "civil", "roles": "helper",
                   "phone": "138", "id_number": id_number(77)}],
        "households": [HOUSEHOLD | {"household_no": "H5", "bank_account": "6210 0001",
                                    "floor_area": "30.5", "low_income_farm": "1"}],
        "persons": [person(1, phone="138-1234-1234", bank_account="6210001", insured="0",
                           income_month="100", disability_grade="2", died_on="2026-01-05")],
        "benefits": [benefit(1, amount="500"), benefit(2, person_no="P1", ends_on="2026-05-01")],
        "payments": [payment(1)],
        "readings": [{"household_no": "H1", "kind": "water", "month": "2026-09", "amount": "3"}],
    }  # fmt: skip
    for kind, rows in files.items():
        assert figures(load(kind, rows)) == (len(rows), 0, 0, 0), kind
    before = list(Person.objects.values()), list(Benefit.objects.values()), Event.objects.count()

    for kind, rows in files.items():
        assert figures(load(kind, rows)) == (0, 0, len(rows), 0), kind

    after = list(Person.objects.values()), list(Benefit.objects.values()), Event.objects.count()
    assert str(before) == str(after)
    assert BenefitVersion.objects.count() == 2
    assert Payment.objects.get().benefit == Benefit.objects.get(source_ref="B1")
    assert Payment.objects.get().period == "2026-02"
    assert Person.objects.get().open_phone() == "13812341234"
    assert Reading.objects.count() == 1


def test_changes_are_counted_and_benefits_get_a_version(home, load):
    load("benefits", [benefit(1), benefit(2)])

    report = load("benefits", [benefit(1, amount="600"), benefit(2), benefit(3)])

    assert figures(report) == (1, 1, 1, 0)
    versions = Benefit.objects.get(source_ref="B1").versions.order_by("event_id")
    assert [v.amount_yuan for v in versions] == [500, 600]
    assert [e.data["kind"] for e in Event.objects.filter(name="register.imported")] == [
        "households", "benefits", "benefits",
    ]  # fmt: skip


def test_the_register_does_not_take_away_what_a_case_granted(home, load):
    rows = {"households": [HOUSEHOLD | {"category": "none"}],
            "persons": [person(1, category="none", category_since="2026-01-01")]}  # fmt: skip
    for kind in rows:
        load(kind, rows[kind])
    granted, today = Status("min_living", date(2026, 9, 1)), date(2026, 11, 23)
    for owner in ({"household": Household.objects.get(household_no="H1")},
                  {"person": Person.objects.get()}):  # fmt: skip
        steps.set_category(
            category="min_living", since=granted.since, until=date(2027, 1, 1), **owner
        )

    for kind in rows:
        assert figures(load(kind, rows[kind])) == (0, 0, 1, 0)
    for owner in (Household.objects.get(household_no="H1"), Person.objects.get()):
        assert owner.status(today) == granted
        assert owner.status(date(2027, 1, 1)).category == "none"
    report = load("households", [HOUSEHOLD | {"category": "marginal_household"}])
    household = Household.objects.get(household_no="H1")
    assert figures(report) == (0, 1, 0, 0)
    assert household.status(today) == granted
    assert household.status(date(2027, 1, 1)).category == "marginal_household"


def test_what_a_file_lacks_stays_and_what_is_empty_becomes_unknown(home, load):
    load("persons", [person(1, phone="13800000000", insured="1", health="健康")])

    load("persons", [person(1, insured="")])

    found = Person.objects.get()
    assert (found.insured, found.health, found.open_phone()) == (None, "健康", "13800000000")


def test_a_dry_run_says_the_same_and_changes_nothing(home, load):
    report = load("benefits", [benefit(1), benefit(2, matter="x")], dry_run=True)

    assert figures(report) == (1, 0, 0, 1)
    assert not Benefit.objects.exists()
    assert Event.objects.count() == 1


def test_a_household_that_moves_takes_all_along(home, load):
    load("persons", [person(1)])
    load("benefits", [benefit(1), benefit(2, person_no="P1")])

    load("households", [HOUSEHOLD | {"division_code": "331125201200"}])

    for model in (Person, Membership, Benefit):
        assert set(model.objects.values_list("division_code", flat=True)) == {"331125201200"}


def test_a_corrected_number_keeps_the_person(home, load):
    load("persons", [person(1)])
    load("benefits", [benefit(1, person_no="P1")])
    before = Person.objects.get().pk

    report = load("persons", [person(1, id_number=id_number(50))])

    assert figures(report) == (0, 1, 0, 0)
    assert Person.objects.get().pk == before
    assert Person.objects.with_number(id_number(50)).exists()


def test_two_people_whose_numbers_were_exchanged(home, load):
    load("persons", [person(1), person(2)])

    rows = [person(1, id_number=id_number(2)), person(2, id_number=id_number(1))]

    assert figures(load("persons", rows)) == (0, 2, 0, 0)
    assert figures(load("persons", rows)) == (0, 0, 2, 0)
    assert Person.objects.with_number(id_number(2)).get().person_no == "P1"


def test_a_registration_that_was_another_persons_all_along(home, load):
    load("persons", [person(1), person(2)])
    load("benefits", [benefit(1, person_no="P2")])

    load("persons", [person(2, id_number=id_number(1))])

    one = Person.objects.registered_as("P2").get()
    assert one == Person.objects.registered_as("P1").get()
    assert Benefit.objects.get().person == one
    assert figures(load("persons", [person(2, id_number=id_number(1))])) == (0, 0, 1, 0)


def test_who_was_registered_at_the_desk_is_found_by_the_register(home, load):
    desk, household = steps.register_person(
        id_number=id_number(1), name="张1", division_code="331125001000", actor=None
    )

    report = load("persons", [person(1)])

    desk.refresh_from_db()
    assert (figures(report), desk.person_no, report["warnings"]) == ((1, 0, 0, 0), "P1", [])
    assert steps.current_household(desk, desk.birth_on).household_no == "H1"
    assert household.memberships.get().person == desk


def test_roles_become_those_of_the_file(home, load):
    row = {"username": "u", "name": "甲", "organisation": "civil", "roles": "helper;supervisor"}
    load("staff", [row])

    report = load("staff", [row | {"roles": "supervisor", "name": "乙"}])

    assert figures(report) == (0, 1, 0, 0)
    assert User.objects.get().name == "乙"
    assert RoleAssignment.objects.get(ends_on=None).role == "supervisor"
    assert figures(load("staff", [row | {"roles": "supervisor", "name": "乙"}])) == (0, 0, 1, 0)


def test_a_file_makes_nobody_two_administrators_but_may_move_one(home, load):
    row = {"username": "u", "name": "甲", "organisation": "civil", "roles": "auditor"}
    load("staff", [row])

    both = load("staff", [row | {"roles": "auditor;system_admin"}])
    moved = load("staff", [row | {"roles": "security_admin"}])

    assert [row["code"] for row in both["rejects"]] == ["bad-code"]
    assert figures(moved) == (0, 1, 0, 0)
    assert RoleAssignment.objects.get(ends_on=None).role == "security_admin"


REGISTRATIONS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 4), st.sampled_from(["H1", "H2"])),
    min_size=1, max_size=8, unique_by=lambda row: row[0],
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=REGISTRATIONS, second=REGISTRATIONS)
def test_whatever_is_imported_again_is_unchanged(home, load, first, second):
    """Any registrations of any people in any households, then others over them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE households_membership, households_person CASCADE")

    for rows in (first, second, second):
        report = load("persons", [person(n, id_number=id_number(i), name=f"张{i}", household_no=h)
                                  for n, i, h in rows])  # fmt: skip

    assert figures(report) == (0, 0, len(second), 0)
    for number, order, household_no in second:
        row = Membership.objects.get(person_no=f"P{number}")
        assert row.household.household_no == household_no
        assert row.person == Person.objects.with_number(id_number(order)).get()
    for found in Person.objects.exclude(person_no__startswith="gone"):
        assert found.person_no == min(m.person_no for m in found.memberships.all())


def test_money_is_exact(home, load):
    load("benefits", [benefit(1, amount="0.1"), benefit(2, amount="123456789012.34")])

    assert sum(Benefit.objects.values_list("amount_yuan", flat=True)) == Decimal("123456789012.44")
    assert Household.objects.count() == 2
