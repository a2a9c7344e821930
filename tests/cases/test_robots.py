"""Robots: forms filled from schemas, the story of one case."""

import json
import random
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from cases.books.check import check_books
from cases.models import Case
from cases.robots.answers import fill
from cases.robots.plans import make_plans
from tests.factories.county import BPMN, make_household

FORMS = sorted(Path(BPMN).glob("*/*/forms/*.json"))
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parts[-3]}.{path.stem}")
@pytest.mark.parametrize("favour", [0.0, 0.5, 1.0])
def test_answers_fit_every_form(path, favour):
    schema = json.loads(path.read_text())

    for seed in range(5):
        answers = fill(schema, random.Random(seed), today=TODAY, favour=favour)

        Draft202012Validator(schema).validate(answers)


def test_the_same_seed_gives_the_same_answers_and_plans(county):
    make_household(2)
    schema = json.loads(FORMS[0].read_text())

    answers = [fill(schema, random.Random(4), today=TODAY) for _ in range(2)]
    plans = [make_plans(2, 4) for _ in range(2)]

    assert answers[0] == answers[1]
    assert plans[0] == plans[1] != []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_demo_tells_one_case_to_its_end_and_the_next_time_another(county, capsys, lang):
    make_household(1)
    make_household(2)

    for _time in range(2):
        call_command("demo", lang=lang)

    told = capsys.readouterr().out
    cases = list(Case.objects.all())
    assert {case.status for case in cases} == {"closed"}
    assert len({case.household_id for case in cases}) == 2
    assert all(case.number in told for case in cases)
    assert check_books().violations == []


def test_only_sample_databases_are_played_with(settings):
    settings.LIANBAN_SAMPLE = False

    for command in (["demo"], ["play", "--cases", "1", "--seed", "1"], ["bench", "--here"]):
        with pytest.raises(CommandError) as refused:
            call_command(*command)
        assert refused.value.returncode == 2
