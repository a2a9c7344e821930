"""Events on and between steps: the first wins, interrupting ones interrupt."""

import pytest

from tests.workflows.drawing import draw
from workflows import steps
from workflows.models import Timer

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = draw(
    "first",
    "start > a > first\nfirst > msg_paid > end_paid\nfirst > timer_late > b > end_late",
)


def boundary(*, interrupts: bool) -> bytes:
    """A step a with a timer on it that leads to b."""
    word = str(interrupts).lower()
    extra = (
        f'<bpmn:boundaryEvent id="late" attachedToRef="a" cancelActivity="{word}">'
        "<bpmn:timerEventDefinition><bpmn:timeDuration>P3D</bpmn:timeDuration>"
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        '<bpmn:sequenceFlow id="flow_late" sourceRef="late" targetRef="b"/>'
    )
    return draw("boundary", "start > z > a > c > end\nb > end_b", extra=extra)


def test_the_first_event_wins(run):
    flow = run(FIRST)
    flow.do("a")
    assert flow.waits() == ["msg_paid", "timer_late"]

    result = flow.tell("paid")

    assert result.ended.element == "end_paid"
    assert not Timer.objects.filter(fired_at=None).exists()
    assert flow.sound()


def test_the_timer_may_be_first(run):
    flow = run(FIRST)
    flow.do("a")

    flow.fire("timer_late")

    assert (flow.open(), flow.waits()) == (["b"], [])
    assert flow.tell("paid") is None
    flow.back("b", "a")
    assert flow.open() == ["a"]
    flow.do("a")
    assert flow.waits() == ["msg_paid", "timer_late"]
    assert flow.sound()


def test_an_interrupting_timer_takes_the_step_away(run):
    flow = run(boundary(interrupts=True))
    flow.do("z")
    assert (flow.open(), flow.waits()) == (["a"], ["late"])

    result = flow.fire("late")

    assert [item.step for item in result.cancelled] == ["a"]
    assert flow.open() == ["b"]
    assert flow.do("b").ended
    assert flow.sound()


def test_a_timer_that_does_not_interrupt_leaves_the_step(run):
    flow = run(boundary(interrupts=False))
    flow.do("z")

    flow.fire("late")

    assert flow.open() == ["a", "b"]
    assert flow.sound()
    flow.do("a")
    flow.do("c")
    assert flow.do("b").ended


def test_a_step_done_in_time_takes_its_timer_away(run):
    flow = run(boundary(interrupts=True))
    flow.do("z")

    flow.do("a")

    assert (flow.open(), flow.waits()) == (["c"], [])
    flow.back("c", "a")
    assert (flow.open(), flow.waits()) == (["a"], ["late"])
    flow.back("a")
    assert (flow.open(), flow.waits()) == (["z"], [])
    for step in ("z", "a"):
        flow.do(step)
    assert flow.do("c").ended
    assert flow.sound()


def test_what_led_to_a_step_after_an_event_can_be_returned_to(run):
    flow = run(boundary(interrupts=True))
    flow.do("z")
    flow.fire("late")

    assert [step for step, _name in steps.returnable_steps(flow.item("b"))] == ["z"]
