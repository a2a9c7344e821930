"""What a change would do, counted by hand on a small county."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Package
from cases.services.intake import Wanted, open_case
from common import clock
from households.models import Household, Person
from screening.rehearsal import read_trial
from screening.rehearsal_report import report
from screening.services import rehearsals
from tests.exchange.conftest import run
from tests.screening.changes import min_living, missed
from tests.screening.planted import DISABLED, POOR, Register

pytestmark = pytest.mark.django_db(transaction=True)
FUYUN = "331125001000"


def told(parameters: dict[str, str] | None = None, **tables: str) -> dict[str, Any]:
    return report(on=clock.today(), trial=read_trial(parameters or {}, tables))


def test_who_enters_and_changes_and_what_a_month_and_a_year_cost(standards: Register) -> None:
    found = told({"S": "1200"})

    # 50 yuan to the one who enters, 100 more to each of the two below
    living = found["by_matter"]["min_living"]
    assert (living["enters"], living["leaves"], living["changes"], living["unclear"]) == (
        1,
        0,
        2,
        0,
    )
    assert (living["cost_month"], living["cost_year"]) == ("250.00", "3000.00")
    town = found["by_division"][FUYUN]
    assert (town["name"], town["cost_month"], town["cost_year"]) == (
        "浮云街道",
        "250.00",
        "3000.00",
    )
    assert (found["cost_month"], found["cost_year"]) == ("250.00", "3000.00")


def test_who_leaves(standards: Register) -> None:
    living = told({"S": "600"})["by_matter"]["min_living"]

    # 600 to 100 for the one who stays, 200 to nothing for the one who leaves
    assert (living["enters"], living["leaves"], living["changes"]) == (0, 1, 1)
    assert (living["cost_month"], living["cost_year"]) == ("-700.00", "-8400.00")


def test_another_table_is_told_like_another_sum(standards: Register) -> None:
    found = told(min_living=min_living())

    assert list(found["by_matter"]) == ["min_living"]
    living = found["by_matter"]["min_living"]
    assert (living["enters"], living["leaves"], living["changes"]) == (0, 0, 2)
    assert (living["cost_month"], living["cost_year"]) == ("20.00", "240.00")


def test_table_and_sum_together(standards: Register) -> None:
    living = told({"S": "1200"}, min_living=min_living())["by_matter"]["min_living"]

    assert (living["enters"], living["changes"], living["cost_month"]) == (1, 2, "280.00")


def test_examples_name_person_household_rows_and_reasons(standards: Register) -> None:
    rows = told({"S": "1200"})["by_matter"]["min_living"]["examples"]

    [enters] = [row for row in rows if row["kind"] == "enters"]
    assert (enters["person_no"], enters["household_no"]) == ("P3", "H3")
    assert (enters["before"], enters["after"]) == ("0.00", "50.00")
    assert (enters["now"]["row"], enters["then"]["row"]) == ("marginal", "grant")
    assert enters["now"]["result"] == "refuse"
    assert "不低于低保标准" in enters["now"]["reason"]
    assert "浙江省社会救助条例" in enters["then"]["article"]


def test_examples_are_people_whom_the_reader_sees(county, standards: Register) -> None:
    trial = read_trial({"S": "1200"}, {})

    found = report(on=clock.today(), trial=trial, viewer=county["town.wuxi"])

    assert found["by_matter"]["min_living"]["enters"] == 1
    assert found["by_matter"]["min_living"]["examples"] == []


def test_running_cases_of_whom_it_concerns(county, standards: Register) -> None:
    numbers = [row["id_number"] for row in standards.persons]
    cases = [
        open_case(
            actor=county["window.fuyun"],
            id_number=number,
            matters=[Wanted("min_living"), Wanted("temporary_aid")],
            channel="window",
            consent=True,
        )
        for number in (numbers[0], numbers[3])
    ]

    running = told({"S": "1200"})["running"]

    # the second household's answer stays; another matter's table does not change
    mine = running["by_matter"]["min_living"]
    assert mine["count"] == 1
    assert mine["cases"] == [cases[0].pk]
    assert mine["matters"] == [cases[0].matters.get(code="min_living").pk]


def test_a_table_that_asks_for_an_unknown_fact_makes_people_unclear(standards: Register) -> None:
    Person.objects.update(severe_illness=None)
    open_cell = '<inputEntry id="grant_severe_illness"><text>-</text>'
    ill = open_cell.replace("-</text>", "false</text>")

    living = told(min_living=min_living(open_cell, ill))["by_matter"]["min_living"]

    assert (living["leaves"], living["unclear"], living["cost_month"]) == (0, 2, "0.00")
    assert "缺少：重病" in living["examples"][0]["then"]["reason"]


def test_findings_of_a_county_table_come_and_go(county, tmp_path: Path) -> None:
    register = Register()
    register.add(POOR, **DISABLED)
    assert run(*register.write(tmp_path)[:2])[0] == 0

    found = told(missed=missed('"min_living","marginal_household"', '"marginal_household"'))

    gone = found["by_rule"]["missing_disabled_living"]
    assert (gone["enters"], gone["leaves"]) == (0, 1)
    assert [row["person_no"] for row in gone["examples"]] == ["P1"]
    assert (found["by_matter"], found["cost_month"]) == ({}, "0.00")


def test_the_report_takes_the_same_few_queries_for_any_number(
    standards: Register, tmp_path
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            told({"S": "1200"}, min_living=min_living())
        return len(caught)

    queries()
    few = queries()
    for _place in range(30):
        standards.add(POOR | {"category": "none", "income_month": "700.00", "income_year": ""})
    assert run(*standards.write(tmp_path)[:2])[0] == 0

    assert queries() == few


def test_nothing_is_saved_but_the_report(standards: Register, curators, run_jobs) -> None:
    before = list(Household.objects.order_by("pk").values())
    packages = list(Package.objects.values_list("pk", "content_hash"))

    rehearsals.rehearse(actor=curators[0], parameters={"S": "1200"}, tables={})
    run_jobs()

    assert list(Household.objects.order_by("pk").values()) == before
    assert list(Package.objects.values_list("pk", "content_hash")) == packages


def test_the_command_takes_a_tables_file(standards: Register, tmp_path: Path) -> None:
    file = tmp_path / "min_living" / "eligibility.dmn"
    file.parent.mkdir()
    file.write_text(min_living())
    out = StringIO()

    call_command("what_if", "--table", str(file), "--set", "S=1200", as_json=True, stdout=out)

    living = json.loads(out.getvalue())["by_matter"]["min_living"]
    assert (living["cost_month"], living["cost_year"]) == ("280.00", "3360.00")


def test_the_command_refuses_an_unsound_table_by_its_cell(county, tmp_path: Path) -> None:
    file = tmp_path / "min_living.dmn"
    file.write_text(min_living("(S - pci) * members", "(S - shoes) * members"))

    with pytest.raises(CommandError, match="grant_out_amount"):
        call_command("what_if", "--table", str(file))
