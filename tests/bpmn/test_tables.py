"""The decision tables as they stand in the repository."""

from datetime import date
from pathlib import Path

import pytest

from cases import rulebook
from cases.drafts import RefusedError
from cases.services.packages import deploy_packages, read_drafts
from cases.table_checks import OUTPUTS, check_tables
from rules.read import read
from tests.bpmn.packages import CODES, ROOT
from tests.cases.conftest import county  # noqa: F401 - a fixture

RULES = ROOT / "rules"
TABLES = sorted([*ROOT.glob("matters/*/*.dmn"), *RULES.glob("*.dmn")])


def test_every_matter_has_its_table():
    assert {path.parent.name for path in ROOT.glob("matters/*/eligibility.dmn")} == set(CODES)


def test_the_county_has_its_tables():
    assert {path.stem for path in RULES.glob("*.dmn")} == set(OUTPUTS) - {"eligibility"}


@pytest.mark.django_db
def test_every_table_is_sound_by_the_facts_and_parameters():
    drafts, problems = read_drafts([ROOT / "matters", RULES])

    assert problems == []
    assert list(check_tables(drafts)) == []


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_row_says_why_and_by_which_article(path: Path):
    model = read(path.read_bytes())

    logic = model.decisions[path.stem].logic

    for rule in logic.rules:
        assert rule.description, rule.id
        assert rule.notes.get("article"), rule.id
        assert rule.notes.get("en"), rule.id
    assert len({rule.id for rule in logic.rules}) == len(logic.rules)


def test_rules_about_death_have_death_in_their_code():
    model = read((RULES / "excessive.dmn").read_bytes())

    told = [r for r in model.decisions["excessive"].logic.rules if '"death"' in r.inputs[0].text]

    assert told
    assert all("death" in rule.outputs[0].text for rule in told)


def test_parameters_have_sources_and_hold_today():
    [draft] = read_drafts([RULES])[0]

    rows = rulebook.read_parameters(draft.settings)

    assert all(row.source for row in rows)
    assert {row.key for row in rows} == set(rulebook.constants(rows, date(2026, 11, 24)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "element", "code"),
    [
        ('name="age"', 'name="shoe_size"', "in_age", "unknown-fact"),
        (
            '"min_living","marginal_household"',
            '"rich"',
            "missing_disabled_living_category",
            "unknown-code",
        ),
        ('id="missed"', 'id="other"', "missed", "no-decision"),
    ],
)
def test_an_unsound_table_is_refused_by_file_and_element(tmp_path, old, new, element, code):
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in RULES.iterdir():
        text = path.read_text()
        (folder / path.name).write_text(text.replace(old, new) if path.stem == "missed" else text)

    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder], dry_run=True)

    found = [(row.file, row.element, row.code) for row in refused.value.problems]
    assert ("rules/missed.dmn", element, code) in found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('key = "S"', 'key = "age"'),
        ('key = "S"', 'key = "division_code"'),
        ('key = "S"', "key = 'z\", (SELECT 1) AS \"leak'"),
        ("value = 886", "value = nan"),
        ("value = 886", 'value = "much"'),
        ("from = 2020-12-31", 'from = "some day"'),
    ],
)
def test_unsound_parameters_are_refused(tmp_path, old, new):
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in RULES.iterdir():
        text = path.read_text()
        (folder / path.name).write_text(text.replace(old, new) if path.suffix == ".toml" else text)

    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder], dry_run=True)

    assert "bad-parameter" in [row.code for row in refused.value.problems]


@pytest.mark.django_db(transaction=True)
def test_parameters_that_a_deployed_table_needs_cannot_go(county, tmp_path):  # noqa: F811
    folder = tmp_path / "rules"
    folder.mkdir()
    text = (RULES / "parameters.toml").read_text().replace('key = "S"', 'key = "T"')
    (folder / "parameters.toml").write_text(text)

    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder], dry_run=True)

    files = {row.file for row in refused.value.problems if row.code == "unknown-fact"}
    assert "min_living/eligibility.dmn" in files


@pytest.mark.django_db
def test_a_county_table_answers_with_every_row(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in RULES.iterdir():
        text = path.read_text()
        changed = text.replace('hitPolicy="RULE ORDER"', 'hitPolicy="FIRST"')
        (folder / path.name).write_text(changed if path.stem == "excessive" else text)

    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder], dry_run=True)

    assert "hit-policy" in [row.code for row in refused.value.problems]
