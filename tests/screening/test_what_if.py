"""A change rehearsed: who enters, leaves, gets another sum; nothing is saved."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases import rulebook
from common import clock
from households.models import Household
from tests.exchange.conftest import run
from tests.screening.planted import POOR, Register

pytestmark = pytest.mark.django_db(transaction=True)
MEANS = {"category": "none", "rigid_spending_year": "0.00"}


def rehearsed(*changes: str) -> dict[str, Any]:
    out = StringIO()
    arguments = [part for change in changes for part in ("--set", change)]
    call_command("what_if", *arguments, as_json=True, stdout=out)
    return dict(json.loads(out.getvalue()))


@pytest.fixture
def register(county, tmp_path: Path) -> Register:
    """At a standard of 1,100 yuan: two households of one below it, one between, one far above."""
    found = Register()
    for income in ("500.00", "900.00", "1150.00", "5000.00"):
        found.add(POOR | MEANS | {"income_month": income, "income_year": ""})
    assert run(*found.write(tmp_path)[:2])[0] == 0
    return found


def test_a_higher_standard_lets_some_in_and_gives_others_more(register: Register) -> None:
    found = rehearsed("S=1200")

    living = found["by_matter"]["min_living"]
    assert (living["enters"], living["leaves"], living["changes"]) == (1, 0, 2)
    assert living["cost_month"] == "250.00"  # 50 to the one, 100 more to each of the two
    assert {row["person_no"] for row in living["examples"]} == {"P1", "P2", "P3"}
    [town] = list(found["by_division"].values())
    assert (town["name"], town["enters"] >= 1) == ("浮云街道", True)


def test_a_lower_standard_puts_some_out(register: Register) -> None:
    found = rehearsed("S=600")["by_matter"]["min_living"]

    assert (found["enters"], found["leaves"], found["changes"]) == (0, 1, 1)
    assert found["cost_month"] == "-700.00"


def test_nothing_changes_by_the_values_of_today(register: Register) -> None:
    today = rulebook.constants(rulebook.deployed_parameters(), clock.today())

    found = rehearsed(*(f"{key}={value}" for key, value in today.items()))

    assert (found["enters"], found["leaves"], found["changes"]) == (0, 0, 0)
    assert found["by_matter"] == {}


def test_nothing_is_saved(register: Register) -> None:
    before = list(Household.objects.order_by("pk").values())

    rehearsed("S=2000", "k=3")

    assert list(Household.objects.order_by("pk").values()) == before
    assert rehearsed("S=1100")["by_matter"] == {}


@pytest.mark.parametrize("change", ["T=1", "S", "S=", "S=many", "S=1e12", "S=NaN"])
def test_what_is_no_parameter_or_no_value_is_refused(register: Register, change: str) -> None:
    with pytest.raises(CommandError) as refused:
        rehearsed(change)

    assert refused.value.returncode == 2
