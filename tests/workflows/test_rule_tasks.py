"""Business rule tasks: asked by way of the operator, unknown kept, failures named."""

import pytest

from tests.workflows.drawing import draw
from workflows import operators
from workflows.engine.parse import inspect
from workflows.errors import EngineStepError
from workflows.models import Incident, Instance
from workflows.services import incidents
from workflows.services.definitions import inspect_definition

pytestmark = pytest.mark.django_db(transaction=True)
LINE = """start > a > rule_fit > gate
gate [verdict == "refuse"] > end_no
gate [verdict == "eligible"] > end_yes
gate > b > end_asked"""
OUTPUTS = {"rule_fit": {"verdict": "result", "by_row": "row"}}


@pytest.fixture
def table(monkeypatch):
    """Answers with what it is told to; remembers what it was asked."""
    found = {"asked": [], "says": {}}

    def decide(instance, *, decision):
        found["asked"].append(decision)
        return found["says"]

    monkeypatch.setitem(operators._registry, operators.DECISION, decide)
    return found


@pytest.mark.parametrize(
    ("result", "rests"), [("refuse", []), ("eligible", []), ("unknown", ["b"]), (None, ["b"])]
)
def test_gateways_read_what_the_table_says(run, table, result, rests):
    flow = run(draw("p", LINE, parameters=OUTPUTS))
    table["says"] = {"result": result, "row": "r1", "amount": 3.5}

    told = flow.do("a")

    assert table["asked"] == ["fit"]
    assert told.data == {"verdict": result, "by_row": "r1"}
    assert flow.open() == rests
    assert flow.sound()


@pytest.mark.parametrize("says", [{}, {"result": "refuse"}, {"result": {"a": 1}, "row": "r"}])
def test_an_answer_that_does_not_hold_is_an_incident_and_moves_nothing(run, table, says):
    flow = run(draw("p", LINE, parameters=OUTPUTS))
    table["says"] = says

    with pytest.raises(EngineStepError) as caught:
        flow.do("a")
    incidents.open_incident(error=caught.value)

    assert flow.open() == ["a"]
    assert Incident.objects.get().element == "rule_fit"


def test_a_table_that_fails_is_an_incident_and_the_step_can_be_done_again(run, table, monkeypatch):
    flow = run(draw("p", LINE, parameters=OUTPUTS))

    def fail(instance, *, decision):
        raise ZeroDivisionError(decision)

    with monkeypatch.context() as broken:
        broken.setitem(operators._registry, operators.DECISION, fail)
        with pytest.raises(EngineStepError, match="ZeroDivisionError"):
            flow.do("a")
    table["says"] = {"result": "refuse", "row": "r1"}

    assert flow.do("a").ended.element == "end_no"
    assert Instance.objects.get().status == "done"


def test_going_back_asks_anew(run, table):
    flow = run(draw("p", LINE, parameters=OUTPUTS))
    table["says"] = {"result": "unknown", "row": ""}
    flow.do("a")

    flow.back("b", "a")
    table["says"] = {"result": "eligible", "row": "r2"}

    assert flow.do("a").ended.element == "end_yes"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (">fit</", "></", "no-decision"),
        ("<spiffworkflow:calledDecisionId>fit</spiffworkflow:calledDecisionId>", "", "no-decision"),
        ('name="verdict"', 'name="__class__"', "unsafe-expression"),
        ('name="verdict"', 'name="1 + 1"', "unsafe-expression"),
    ],
)
def test_an_unsound_rule_task_is_named_by_element(old, new, code):
    source = draw("p", LINE, parameters=OUTPUTS).decode().replace(old, new).encode()

    assert ("rule_fit", code) in {(p.element, p.code) for p in inspect(source).problems}


def test_a_rule_task_that_brings_nothing_is_refused():
    found = inspect(draw("p", "start > rule_fit > a > end")).problems

    assert [(p.element, p.code) for p in found] == [("rule_fit", "no-output")]


def test_without_a_room_that_answers_it_is_refused(monkeypatch):
    monkeypatch.delitem(operators._registry, operators.DECISION)

    found = inspect_definition(draw("p", LINE, parameters=OUTPUTS)).problems

    assert [(p.element, p.code) for p in found] == [("rule_fit", "unknown-operator")]
