"""What is planted is found, and nothing else.

LIANBAN_PLANT_HOUSEHOLDS says among how many households (318; the figure to reach is 24,669).
"""

import json
import os
import sys
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from households.models import Benefit, Person
from screening.county import screen
from tests.exchange.conftest import run
from tests.screening.planted import PLANTED, Register, plant, sound

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 7, 15)
HOUSEHOLDS = int(os.environ.get("LIANBAN_PLANT_HOUSEHOLDS", "318"))


def screened(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("screen", *arguments, "--as-of", str(DAY), as_json=True, stdout=out)
    assert stop.value.code == 1
    return dict(json.loads(out.getvalue()))


def told(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("kind", "rule", "person_no", "matter", "other_matter")
    return sorted(tuple(str(row[name]) for name in names) for row in found["findings"])


@pytest.fixture
def register(county, tmp_path: Path) -> Register:
    found = Register()
    sound(found, HOUSEHOLDS - PLANTED)
    plant(found)
    assert len(found.households) == HOUSEHOLDS
    code, reports = run(*found.write(tmp_path))
    assert [r for report in reports for r in report["rejects"]] == []
    assert code == 0
    return found


def test_findings_equal_the_plant(register: Register) -> None:
    found = screened()

    expected = sorted(tuple(str(part) for part in row) for row in register.expected)
    assert told(found) == expected
    assert found["people"] == Person.objects.count()
    sys.stdout.write(f"{len(expected)} of {found['people']} people, {found['seconds']} s\n")


def test_a_finding_says_how_much_since_when_and_by_which_article(register: Register) -> None:
    rows = screened()["findings"]

    living = next(row for row in rows if row["rule"] == "missing_disabled_living")
    assert living["amount_month"] == "330.00"  # 0.3 of the standard of 1,100 yuan
    assert living["since"] == "2025-01-10"  # poor since then, certified before
    care = {row["amount_month"] for row in rows if row["rule"] == "missing_disabled_care"}
    assert care == {"250.00", None}  # grade 2, and the grade that is not on record
    late = next(row for row in rows if row["rule"] == "death_disabled_care")
    assert (late["since"], late["amount_month"]) == ("2026-06-01", "330.00")
    assert all(row["article"] and row["reason"] for row in rows)


def test_what_is_not_on_record_is_named(register: Register) -> None:
    unknown = [row for row in screened()["findings"] if row["kind"] == "unknown"]

    assert {row["reason"] for row in unknown} == {"无法判断，缺少：残疾等级"}


def test_screening_again_finds_the_same_and_writes_nothing(register: Register) -> None:
    before = list(Benefit.objects.order_by("pk").values())

    first, second = screened(), screened()

    assert first["findings"] == second["findings"]
    assert list(Benefit.objects.order_by("pk").values()) == before


def test_a_division_is_screened_alone(register: Register) -> None:
    assert told(screened("--division", "331125001")) == told(screened())

    out = StringIO()
    call_command("screen", "--division", "331125106", "--as-of", str(DAY), as_json=True, stdout=out)
    assert json.loads(out.getvalue())["findings"] == []


def test_a_changed_parameter_changes_the_same_answers(register: Register) -> None:
    higher = list(screen(on=DAY, changed={"S": Decimal(2000), "k": Decimal(2)}))

    rules = [hit.rule for hit in higher]
    assert "income_over_standard" not in rules
    amounts = {hit.amount_month for hit in higher if hit.rule == "missing_disabled_living"}
    assert amounts == {Decimal("600.0")}
