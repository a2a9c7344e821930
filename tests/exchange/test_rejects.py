"""Every reject code and warning of the contract, by row, with the others kept."""

import pytest

from households.models import Benefit, Household, Membership, Person, Reading
from permissions.models import OrgUnit, RoleAssignment, User
from tests.exchange.conftest import HOUSEHOLD, benefit, id_number, person

pytestmark = pytest.mark.django_db(transaction=True)


def problems(report: dict) -> list[tuple[int, str, str]]:
    return [(p["row"], p["column"], p["code"]) for p in report["rejects"]]


def warnings(report: dict) -> list[tuple[int, str, str]]:
    return [(p["row"], p["column"], p["code"]) for p in report["warnings"]]


DAMAGED_TAIL = id_number(12)[:15] + "000"


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"name": ""}, "name", "missing"),
        ({"id_number": "33112519900101001"}, "id_number", "bad-number"),
        ({"phone": "电话不详"}, "phone", "bad-number"),
        ({"died_on": "2026-02-30"}, "died_on", "bad-date"),
        ({"died_on": "昨天"}, "died_on", "bad-date"),
        ({"member_from": "2026-02-01", "member_to": "2026-01-01"}, "member_to", "bad-date"),
        ({"relation": "cousin"}, "relation", "bad-code"),
        ({"disability_grade": "5"}, "disability_grade", "bad-code"),
        ({"household_no": "H9"}, "household_no", "unknown-household"),
        ({"guardian_no": "P9"}, "guardian_no", "unknown-person"),
        ({"hukou_division": "云和县"}, "hukou_division", "bad-code"),
        ({"hukou_division": "33112500100"}, "hukou_division", "bad-code"),
        ({"hukou_division": "991125001001"}, "hukou_division", "bad-code"),
        ({"hukou_division": "3.31125E+11"}, "hukou_division", "excel-damaged"),
        ({"income_month": "1,200.00"}, "income_month", "bad-amount"),
        ({"id_number": id_number(9)[:17] + "Y"}, "id_number", "bad-number"),
        ({"id_number": "332527197001010090"}, "id_number", "id-checksum"),
        ({"id_number": id_number(9, "19700230")}, "id_number", "id-date"),
        ({"id_number": id_number(9, "22000101")}, "id_number", "id-date"),
        ({"id_number": "3.32527E+17"}, "id_number", "excel-damaged"),
        ({"id_number": DAMAGED_TAIL}, "id_number", "excel-damaged"),
        ({"bank_account": "6.22848E+18"}, "bank_account", "excel-damaged"),
        ({"died_on": "46204"}, "died_on", "excel-damaged"),
        ({"name": "#REF!"}, "name", "excel-damaged"),
        ({"name": "张" * 61}, "name", "too-long"),
        ({"name": "张\x00三"}, "name", "control-character"),
        ({"name": "张\u202e三"}, "name", "control-character"),
        ({"name": "=1+1"}, "name", "formula"),
        ({"name": "@SUM(A1)"}, "name", "formula"),
        ({"name": "-cmd"}, "name", "formula"),
        ({"name": "+cmd|' /C calc'!A0"}, "name", "formula"),
    ],
)
def test_a_bad_person_is_rejected_and_the_others_are_kept(home, load, cells, column, code):
    report = load("persons", [person(1), person(2, **cells), person(3)])

    assert problems(report) == [(3, column, code)]
    assert (report["rows"], report["created"], report["rejected"]) == (3, 2, 1)
    assert set(Membership.objects.values_list("person_no", flat=True)) == {"P1", "P3"}
    assert all(p["message"] for p in report["rejects"])
    assert not cells.get("id_number") or cells["id_number"] not in str(report)


def test_a_guardian_may_stand_later_in_the_file_or_be_known(home, load):
    first = load("persons", [person(1, guardian_no="P2"), person(2)])
    second = load("persons", [person(3, guardian_no="P1")])

    assert (first["rejected"], second["rejected"]) == (0, 0)
    assert Person.objects.get(person_no="P1").guardian_no == "P2"


def test_a_rejected_guardian_takes_the_wards_along(home, load):
    report = load("persons", [
        person(1), person(2, guardian_no="P3"), person(3, guardian_no="P4"), person(4, name=""),
    ])  # fmt: skip

    assert sorted(problems(report)) == [
        (3, "guardian_no", "unknown-person"), (4, "guardian_no", "unknown-person"),
        (5, "name", "missing"),
    ]  # fmt: skip
    assert report["created"] == 1


@pytest.mark.parametrize("code", ["110101", "110101001", "659004105001", "331125999999"])
def test_a_hukou_may_be_anywhere_in_china(home, load, code):
    report = load("persons", [person(1, hukou_division=code)])

    assert report["rejected"] == 0
    assert Person.objects.get().hukou_division == code


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"source": "nobody"}, "source", "unknown-organisation"),
        ({"person_no": "P9"}, "person_no", "unknown-person"),
        ({"household_no": "H9"}, "household_no", "unknown-household"),
        ({"household_no": ""}, "person_no", "missing"),
        ({"matter": "pension"}, "matter", "unknown-matter"),
        ({"amount": "-5"}, "amount", "bad-amount"),
        ({"amount": "5.123"}, "amount", "bad-amount"),
        ({"form": "weekly"}, "form", "bad-code"),
        ({"ends_on": "2025-12-31"}, "ends_on", "bad-date"),
        ({"source_ref": "B1"}, "source_ref", "duplicate-key"),
        ({"source_ref": "x" * 81}, "source_ref", "too-long"),
    ],
)
def test_a_bad_benefit_is_rejected(home, load, cells, column, code):
    report = load("benefits", [benefit(1), benefit(2, **cells)])

    assert problems(report) == [(3, column, code)]
    assert Benefit.objects.get().source_ref == "B1"


def test_bad_households(county, load):
    bad = [
        HOUSEHOLD | {"division_code": "331125001999"},
        HOUSEHOLD | {"division_code": "331125000000"},
        HOUSEHOLD | {"division_code": "3.31125E+11"},
        HOUSEHOLD | {"category": "poor"},
        HOUSEHOLD,
    ]

    report = load("households", [HOUSEHOLD, *bad])

    assert [p[2] for p in problems(report)] == [
        "unknown-division", "bad-code", "excel-damaged", "bad-code", "duplicate-key",
    ]  # fmt: skip
    assert Household.objects.count() == 1


def test_every_bad_cell_of_a_row_is_named_and_the_row_counts_once(home, load):
    report = load("persons", [person(1, name="", relation="x", died_on="x")])

    assert [p[2] for p in problems(report)] == ["missing", "bad-code", "bad-date"]
    assert report["rejected"] == 1


def test_staff_organisations_and_readings(home, load):
    organisations = load("organisations", [
        {"code": "b", "name": "乙", "kind": "village", "parent": "a"},
        {"code": "a", "name": "甲", "kind": "township", "parent": ""},
        {"code": "c", "name": "丙", "kind": "township", "parent": "nobody"},
        {"code": "d", "name": "丁", "kind": "township", "parent": "c"},
    ])  # fmt: skip
    staff = load("staff", [
        {"username": "u1", "name": "甲", "organisation": "a", "roles": "helper; window_clerk"},
        {"username": "u2", "name": "乙", "organisation": "zz", "roles": "helper"},
        {"username": "u3", "name": "丙", "organisation": "a", "roles": "king"},
        {"username": "u1", "name": "丁", "organisation": "a", "roles": "helper"},
    ])  # fmt: skip
    readings = load("readings", [
        {"household_no": "H1", "kind": "water", "month": "2026-09", "amount": "3.5"},
        {"household_no": "H9", "kind": "water", "month": "2026-09", "amount": "3.5"},
        {"household_no": "H1", "kind": "gas", "month": "2026-09", "amount": "3.5"},
        {"household_no": "H1", "kind": "water", "month": "2026-13", "amount": "3.5"},
        {"household_no": "H1", "kind": "water", "month": "2026/9", "amount": "4"},
    ])  # fmt: skip

    assert [p[2] for p in problems(organisations)] == ["unknown-organisation"] * 2
    assert OrgUnit.objects.get(code="b").parent == OrgUnit.objects.get(code="a")
    assert sorted(p[2] for p in problems(staff)) == [
        "bad-code", "duplicate-key", "unknown-organisation",
    ]  # fmt: skip
    assert not User.objects.get().has_usable_password()
    assert RoleAssignment.objects.count() == 2
    assert sorted(p[2] for p in problems(readings)) == [
        "bad-code", "bad-date", "duplicate-key", "unknown-household",
    ]  # fmt: skip
    assert str(Reading.objects.get().month) == "2026-09-01"


def test_one_human_being_registered_twice_is_one_person_with_a_warning(home, load):
    twice = person(1, person_no="P0", household_no="H2", name="张一")

    report = load("persons", [person(1), twice, person(2)])

    assert warnings(report) == [
        (2, "id_number", "same-number"), (2, "name", "name-differs"),
        (3, "id_number", "same-number"),
    ]  # fmt: skip
    assert report["created"] == 3
    assert Person.objects.count() == 2
    found = Person.objects.registered_as("P1").get()
    # the lowest registration speaks for the person
    assert (found.person_no, found.name) == ("P0", "张一")
    again = load("persons", [person(1), twice, person(2)])
    assert (again["unchanged"], again["updated"], again["created"]) == (3, 0, 0)


def test_warnings_of_columns_fonts_and_sex(home, load):
    rows = [person(1, 备注="x", sex="2"), person(2, name="李𬭎", sex="女"), person(3, sex="男")]

    report = load("persons", rows)

    assert report["rejected"] == 0
    assert {(w[0], w[2]) for w in warnings(report)} == {
        (1, "unknown-column"), (2, "id-sex"), (3, "no-font"),
    }  # fmt: skip
