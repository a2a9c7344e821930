"""The list of facts, and the statement that tells them of one person or of all."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from households import codes, facts
from households.models import Household
from tests.households.conftest import VILLAGE, Home, make_person
from tests.households.facts_given import (
    TODAY,
    change,
    grant,
    make_other,
    meter,
    register,
    rows,
)

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/reference/facts.md"
KINDS = {"number": 1700, "string": 25, "boolean": 16, "date": 1082}
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(home: Home) -> Household:
    return make_other()


def test_every_fact_has_its_column_of_its_kind(home: Home):
    with connection.cursor() as cursor:
        cursor.execute(*facts.statement(on=TODAY))
        found = {column.name: column.type_code for column in cursor.description}

    assert list(found) == ["person_id", "household_id", "division_code", *facts.FACTS]
    for fact in facts.FACTS.values():
        assert found[fact.name] == KINDS[fact.kind], fact.name
        assert str(fact.title), fact.name
        assert fact.source, fact.name
        assert not fact.codes or fact.kind == "string"
    assert set(facts.FACTS["category"].codes) == set(codes.Category.values)


def test_the_document_names_every_fact_as_it_is():
    known = re.findall(r"^\| `(\w+)` \| (\w+) \| (\S*) ?\|", DOCUMENT.read_text(), re.MULTILINE)

    assert known == [(fact.name, fact.kind, fact.unit) for fact in facts.FACTS.values()]


def test_a_division_is_asked_for_by_its_digits(home: Home, other: Household):
    stranger = other.memberships.get().person
    mine = {home.head.pk, home.child.pk}

    assert set(rows()) == set(rows(division="331125")) == {*mine, stranger.pk}
    assert set(rows(division="331125001")) == set(rows(division=VILLAGE)) == mine
    assert set(rows(division="331125201")) == {stranger.pk}
    assert set(rows(division="33112500")) == mine
    assert rows(division="3311250010019") == rows(household_ids=[]) == rows(person_ids=[]) == {}
    asked = rows(person_ids=[home.head.pk, stranger.pk], division="331125201")
    assert set(asked) == {stranger.pk}


@pytest.mark.parametrize("size", [1, 4])
def test_one_statement_tells_of_all_what_it_tells_of_each(home: Home, other: Household, size: int):
    for serial in range(20, 20 + size):
        household = Household.objects.create(
            household_no=f"H{serial}", division_code=VILLAGE, category="none",
            income_month=Decimal(serial),
        )  # fmt: skip
        person = make_person(household, serial)
        grant(household, bill_no="F9", form="once")
        grant(person, matter="medical_aid", bill_no=f"F{serial % 2}")
        change(person, bank_account_index=b"y" * 32)
    register(home.head, other, "P000")
    meter(home, "water", 9, 8, 7)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = rows()

    assert len(queries) == 1
    assert len(found) == size + 3
    for person_id, row in found.items():
        assert facts.of(person_id, on=TODAY) == row
        assert rows(household_ids=[row["household_id"]])[person_id] == row
        assert rows(division=row["division_code"])[person_id] == row


def test_one_fact_alone_is_what_it_is_among_all(home: Home, other: Household):
    meter(home, "electricity", 100, 100, 20)
    whole = rows()

    for name in facts.FACTS:
        sql, values = facts.statement(on=TODAY, names=[name])
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            alone = {row[0]: row[3] for row in cursor.fetchall()}
        assert alone == {person: row[name] for person, row in whole.items()}, name
