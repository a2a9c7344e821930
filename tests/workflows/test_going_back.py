"""退回: back to an earlier human step, parallel branches and joins included."""

import pytest

from common.errors import ConflictError, InputError
from tests.workflows.drawing import draw
from workflows import steps
from workflows.models import Instance, WorkItem

pytestmark = pytest.mark.django_db(transaction=True)

BRANCHES = draw(
    "branches",
    """
    start > accept > split
    split > survey > report > join
    split > msg_means > check > join
    join > opinion > timer_notice > decide > gate
    gate [decision == "approved"] > end_yes
    gate > end_no
    """,
)


def forward(flow, *names):
    for name in names:
        if name.startswith("msg_"):
            flow.tell(name.removeprefix("msg_"))
        elif name.startswith("timer_"):
            flow.fire(name)
        else:
            flow.do(name)


def test_back_to_the_step_before(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "survey")

    result = flow.back("report")

    assert [item.step for item in result.cancelled] == ["report"]
    assert flow.open() == ["survey"]
    assert flow.waits() == ["msg_means"]
    assert flow.item("survey").iteration == 2
    assert flow.sound()


def test_what_can_be_returned_to_is_what_led_here(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "survey", "msg_means")
    assert steps.returnable_steps(flow.item("check")) == [("accept", "accept")]
    forward(flow, "check", "report")

    found = [step for step, _name in steps.returnable_steps(flow.item("opinion"))]

    assert found == ["report", "check", "survey", "accept"]
    with pytest.raises(InputError):
        flow.back("opinion", "decide")


def test_nothing_leads_to_the_first_step(run):
    flow = run(BRANCHES)

    assert steps.returnable_steps(flow.item("accept")) == []
    with pytest.raises(InputError):
        flow.back("accept")


def test_inside_a_branch_the_other_branch_stays(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "survey", "msg_means", "check")  # check waits at the join

    flow.back("report", "survey")

    assert flow.open() == ["survey"]
    assert flow.sound()
    forward(flow, "survey", "report")
    assert flow.open() == ["opinion"]


def test_before_a_split_with_another_branch_at_the_join(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "survey", "msg_means", "check")

    flow.back("report", "accept")

    assert (flow.open(), flow.waits()) == (["accept"], [])
    forward(flow, "accept")
    assert (flow.open(), flow.waits()) == (["survey"], ["msg_means"])
    forward(flow, "survey", "report", "msg_means", "check")
    assert flow.open() == ["opinion"]
    assert flow.sound()


@pytest.mark.parametrize("last", ["report", "check"])
@pytest.mark.parametrize("target", ["report", "check", "survey"])
def test_after_a_join_into_one_branch(run, last, target):
    flow = run(BRANCHES)
    first = {"report": "check", "check": "report"}[last]
    forward(flow, "accept", "survey", "msg_means", first, last)

    flow.back("opinion", target)

    assert flow.open() == [target]
    assert flow.sound()
    if target == "survey":
        forward(flow, "survey")
        assert flow.open() == ["report"]
        forward(flow, "report")
    else:
        forward(flow, target)
    assert flow.open() == ["opinion"]
    forward(flow, "opinion", "timer_notice")
    assert flow.do("decide", decision="approved").ended.element == "end_yes"


def test_after_a_timer(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "survey", "msg_means", "check", "report", "opinion", "timer_notice")

    flow.back("decide", "opinion")
    assert flow.open() == ["opinion"]
    assert flow.sound()
    forward(flow, "opinion")

    assert flow.waits() == ["timer_notice"]
    assert Instance.objects.get().timers.count() == 2


def test_back_to_a_branch_then_back_again_before_the_split(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "survey", "msg_means", "check", "report")
    flow.back("opinion", "survey")

    flow.back("survey", "accept")

    assert flow.open() == ["accept"]
    assert flow.sound()
    forward(flow, "accept", "survey", "report", "msg_means", "check")
    assert flow.open() == ["opinion"]


def test_open_work_of_other_branches_after_the_split_is_withdrawn(run):
    flow = run(BRANCHES)
    forward(flow, "accept", "msg_means", "survey")

    result = flow.back("report", "accept")

    assert {item.step for item in result.cancelled} == {"report", "check"}
    assert {item.step for item in result.created} == {"accept"}


def test_earlier_answers_stay_and_prefill(run):
    flow = run(BRANCHES)
    flow.do("accept")
    flow.do("survey", rooms=3)

    flow.back("report", "survey")

    assert flow.item("survey").draft == {"rooms": 3}
    done = WorkItem.objects.get(step="survey", status="done")
    assert done.answers == {"rooms": 3}
    assert WorkItem.objects.earlier_than(flow.item("survey")).get() == done


def test_variables_are_what_they_were_before(run):
    source = draw(
        "forget",
        """
        start > a > b > c > gate
        gate [urgent] > end_yes
        gate > end_no
        """,
    )
    flow = run(source, urgent=None)
    flow.do("a")
    flow.do("b", urgent=True)
    assert flow.back("c", "b").data["urgent"] is None

    flow.do("b")

    assert flow.do("c").ended.element == "end_no"


def test_loops_drawn_in_the_diagram(run):
    source = draw(
        "rework",
        """
        start > gate0 > write > check > gate
        gate [again] > gate0
        gate > sign > end
        """,
    )
    flow = run(source)
    flow.do("write")
    flow.do("check", again=True)
    assert flow.item("write").iteration == 2
    flow.do("write")
    flow.do("check", again=False)
    assert steps.returnable_steps(flow.item("sign")) == [("check", "check"), ("write", "write")]

    flow.back("sign", "write")

    assert flow.item("write").iteration == 3
    flow.do("write")
    flow.do("check")
    assert flow.do("sign").ended
    assert flow.sound()


def test_a_closed_item_is_not_returned(run):
    flow = run(BRANCHES)
    item = flow.item("accept")
    flow.do("accept")
    item.refresh_from_db()

    with pytest.raises(ConflictError, match="already-done"):
        steps.return_item(item, step=None, actor=flow.user)
