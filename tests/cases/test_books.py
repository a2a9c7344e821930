"""check_books: silent about what is right, and by name about what is not."""

import json
import time

import pytest
from django.core.management import call_command
from django.db import connection

from cases.books.check import check_books
from common import seals
from tests import robots

BROKEN = {
    "every ended matter has one outcome": "DELETE FROM cases_outcome WHERE outcome = 'refused'",
    "every approved outcome has one benefit": (
        "UPDATE households_benefit SET matter_id = NULL WHERE matter = 'disabled_care'"
    ),
    "a benefit began as its outcome says": (
        "UPDATE cases_outcome SET amount_yuan = amount_yuan + 1 WHERE amount_yuan IS NOT NULL"
    ),
    "a benefit is its newest version": "UPDATE households_benefit SET measure = 'other'",
    "an ended case has nothing open": (
        "UPDATE workflows_workitem SET status = 'ready' WHERE step = 'decide'"
    ),
    "open_matters is the number of open matters": "UPDATE cases_case SET open_matters = 3",
    "in_person_count is the number of office visits": ("UPDATE cases_case SET in_person_count = 9"),
    "case.closed once a closed case": (
        "INSERT INTO common_event (name, stream, at, data)"
        " SELECT name, stream, at, data FROM common_event WHERE name = 'case.closed'"
    ),
    "benefit.granted once a benefit": "UPDATE common_event SET name = 'x' WHERE name LIKE 'ben%'",
    "task.completed once a finished task": (
        "UPDATE workflows_workitem SET status = 'cancelled' WHERE step = 'decide'"
    ),
    "every benefit of a case stands on its list once": (
        "UPDATE households_membership SET member_to = '2020-01-01'"
    ),
}


@pytest.fixture
def closed(opened, household):
    household.category = "min_living"
    household.save()
    case = opened("disabled_care", "temporary_aid", "medical_aid")
    refused = next(item for item in robots.ready(case, "medical_aid"))
    robots.do(refused)
    return robots.finish(case, decision="approved")


def test_books_of_a_closed_case_are_right(closed):
    books = check_books()

    assert books.violations == []
    assert books.checked["every approved outcome has one benefit"] == 3


@pytest.mark.parametrize("rule", [name for name in BROKEN if "ended matter" not in name])
def test_what_is_broken_is_named(closed, rule):
    with connection.cursor() as cursor:
        # by hand, as whoever owns the tables might
        cursor.execute("ALTER TABLE common_event DISABLE TRIGGER USER")
        cursor.execute(BROKEN[rule])
        cursor.execute("ALTER TABLE common_event ENABLE TRIGGER USER")

    assert rule in {violation.rule for violation in check_books().violations}


def test_a_matter_without_its_outcome_is_named(opened):
    robots.finish(opened("temporary_aid"), decision="refused", reason="不符合规定")
    with connection.cursor() as cursor:
        cursor.execute(BROKEN["every ended matter has one outcome"])

    violations = check_books().violations

    assert [violation.rule for violation in violations] == ["every ended matter has one outcome"]


def test_a_matter_that_nothing_will_move_is_named(opened):
    case = opened("disabled_living", "min_living")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_workitem SET status = 'cancelled' WHERE subject_id = %s", [case.pk]
        )

    rules = {violation.rule for violation in check_books().violations}

    assert "no open matter waits for ever" in rules
    assert "projections are the engines' state" in rules


def test_the_command_ends_with_1_and_one_json_document(closed, capsys):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET in_person_count = 9")

    with pytest.raises(SystemExit) as ended:
        call_command("check_books", "--json")

    found = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert set(found) == {"checked", "violations"}
    assert found["violations"][0]["case"] == closed.pk


def test_an_event_changed_after_it_was_sealed_is_named(closed, settings, tmp_path):
    settings.LIANBAN_HOME = tmp_path
    deadline = time.monotonic() + 20
    while not seals.seal_logs():  # other databases of the server may hold the horizon
        assert time.monotonic() < deadline
    assert check_books().violations == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE common_event DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE common_event SET at = at - interval '1 day' WHERE name = 'case.opened'"
        )
        cursor.execute("ALTER TABLE common_event ENABLE TRIGGER USER")

    rules = {violation.rule for violation in check_books().violations}

    assert "common_event is what was sealed" in rules
