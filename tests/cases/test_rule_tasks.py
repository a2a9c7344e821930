"""Business rule tasks of a matter: its own table, asked of the beneficiary, checked beforehand."""

import shutil
from pathlib import Path

import orjson
import pytest

from cases import rulebook
from cases.models import Matter, Outcome
from cases.services.packages import RefusedError, deploy_packages
from common.errors import EngineError
from households.models import Household, Person
from tests import robots
from tests.factories.county import BPMN, make_household
from workflows.models import Incident, Instance

pytestmark = pytest.mark.django_db(transaction=True)


def variables(matter: Matter) -> dict:
    """The process's data, as it stands in its state."""
    instance = Instance.objects.get(owner_type="matter", owner_id=matter.pk)
    return orjson.loads(bytes(instance.state))["data"]


def relief(opened, household: Household, **fields) -> Matter:
    Household.objects.filter(pk=household.pk).update(**fields)
    return opened("utility_relief", who=household).matters.get(code="utility_relief")


def test_what_the_table_grants_goes_on_to_the_suppliers(opened, household):
    matter = relief(opened, household, category="min_living", electricity_account="E1")

    assert matter.status == "running"
    found = variables(matter)
    assert (found["rule_result"], found["rule_row"]) == ("eligible", "grant_electricity")


def test_what_the_table_cannot_tell_goes_on_too(opened, household):
    matter = relief(opened, household, category="")
    Person.objects.update(category="min_living")  # of the members, while the household's is unknown
    second = make_household(7)
    Person.objects.filter(memberships__household=second).update(category="min_living")

    other = relief(opened, second, category="")

    assert matter.status == "not_applicable"  # no status at all: the gateway's own condition
    assert other.status == "running"
    found = variables(other)
    assert (found["rule_result"], found["rule_row"]) == ("unknown", "")


def test_what_the_table_refuses_ends_by_itself_and_keeps_why(opened, household):
    person = household.memberships.get(relation="head").person
    Person.objects.filter(pk=person.pk).update(category="destitute_support")

    matter = relief(opened, household, category="none")

    outcome = Outcome.objects.get(matter=matter)
    assert outcome.outcome == "not_applicable"
    assert outcome.reason.startswith("不是低保或特困家庭，不在减免范围（")
    assert outcome.why["table"] == "utility_relief/eligibility"
    assert outcome.why["row"] == "no_status"
    assert outcome.why["facts"]["household_category"] == "none"


def test_the_desk_the_process_and_the_decision_say_the_same(opened, household):
    matter = relief(opened, household, category="min_living", water_account="W1")

    told = rulebook.told(matter.package, "eligibility", matter.case.applicant_id)
    robots.finish(matter.case)

    why = Outcome.objects.get(matter=matter).why
    assert told == {"row": why["row"], "result": why["result"], "amount": None}
    assert (told["row"], told["result"]) == ("grant_water", "eligible")


def test_a_table_that_fails_is_an_incident_and_the_matter_waits(opened, household, monkeypatch):
    Household.objects.update(category="min_living")
    case = opened("destitute_support", "utility_relief")
    matter = case.matters.get(code="utility_relief")

    def fail(*_args, **_named):
        raise ArithmeticError("the table cannot be read")

    monkeypatch.setattr(rulebook, "told", fail)
    with pytest.raises(EngineError):
        robots.finish(case, decision="refused")

    matter.refresh_from_db()
    assert matter.is_open
    assert not Outcome.objects.filter(matter=matter).exists()
    assert Incident.objects.get().element == "check_rule"


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    folder = tmp_path / "utility_relief"
    shutil.copytree(BPMN / "matters/utility_relief", folder)
    file = folder / "process.bpmn"
    text = file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("calledDecisionId>eligibility<", "calledDecisionId><", ("check_rule", "no-decision")),
        ("calledDecisionId>eligibility<", "calledDecisionId>luck<",
         ("check_rule", "unknown-decision")),
        ('name="rule_row" value="row"', 'name="rule_row" value="wish"',
         ("check_rule", "unknown-output")),
        ('name="rule_row" value="row"', 'name="power_match" value="row"',
         ("check_rule", "taken-name")),
        ('name="rule_row" value="row"', 'name="status" value="row"', ("check_rule", "taken-name")),
        ('rule_result == "refuse"', 'rule_verdict == "refuse"', ("rule_verdict", "unknown-name")),
    ],
)  # fmt: skip
def test_an_unsound_rule_task_is_refused_at_deployment_by_element(
    county, tmp_path, old, new, problem
):
    folder = changed(tmp_path, (old, new))

    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder])

    assert problem in [(row.element, row.code) for row in refused.value.problems]


def test_a_table_that_answers_with_many_rows_is_no_rule(county, tmp_path):
    folder = changed(tmp_path)
    file = folder / "eligibility.dmn"
    file.write_text(file.read_text().replace('hitPolicy="FIRST"', 'hitPolicy="RULE ORDER"'))

    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder])

    found = [(row.element, row.code) for row in refused.value.problems]
    assert ("check_rule", "many-rows") in found


def test_a_running_matter_keeps_its_drawing_and_its_table(opened, household, tmp_path):
    case = opened("min_living", "utility_relief")
    matter = case.matters.get(code="utility_relief")
    folder = changed(tmp_path, ('rule_result == "refuse"', 'rule_result != "refuse"'))
    file = folder / "eligibility.dmn"
    file.write_text(file.read_text().replace('"eligible"</text>', '"refer"</text>'))
    Household.objects.update(electricity_account="E1")
    deploy_packages([folder])

    robots.finish(case)

    matter.refresh_from_db()
    assert matter.status == "approved"
    assert matter.decision.why["result"] == "eligible"
    assert matter.package.version == 1
