"""From step to step: gateways, joins, messages, timers, operators, ends."""

import pytest
from django.db import transaction

from common import clock
from common.errors import ConflictError, MissingError
from tests.workflows.drawing import draw
from workflows import operators, steps
from workflows.errors import EngineStepError
from workflows.models import Incident, Instance, WorkItem
from workflows.services import incidents

pytestmark = pytest.mark.django_db(transaction=True)

CHOICE = draw(
    "choice",
    """
    start > accept > gate
    gate [decision == "approved"] > end_yes
    gate > end_no
    """,
    outcomes={"end_yes": "approved", "end_no": "refused"},
)
JOINED = draw(
    "joined",
    """
    start > accept > split
    split > left > join
    split > right > join
    join > decide > end
    """,
)


def test_a_step_is_placed_finished_and_ends_with_its_outcome(run, owner):
    flow = run(CHOICE)

    result = flow.do("accept", decision="approved", reason="符合条件", amount="886.00")

    assert result.ended
    assert (result.ended.element, result.ended.outcome) == ("end_yes", "approved")
    item = WorkItem.objects.get()
    assert (item.status, item.finished_by, item.role) == ("done", flow.user, "township_officer")
    assert item.answers["reason"] == "符合条件"
    assert flow.status == "done"


def test_only_variables_that_conditions_name_enter_the_state(run):
    flow = run(CHOICE, urgent=True, decision="later")

    flow.do("accept", decision="refused", reason="不符合", files=[{"deep": 1}])

    state = bytes(Instance.objects.get().state)
    assert b"reason" not in state
    assert b"urgent" not in state
    assert b"deep" not in state
    assert b"refused" in state


def test_an_unset_variable_takes_the_default_flow(run):
    assert run(CHOICE).do("accept").ended.element == "end_no"


def test_a_key_named_typename_does_no_harm(run):
    flow = run(CHOICE, typename="Workflow")

    flow.do("accept", typename="UUID", decision="approved")

    assert flow.status == "done"
    assert flow.sound()


def test_branches_join_once_and_share_no_data(run):
    source = draw(
        "shared",
        """
        start > split
        split > left > join
        split > right > join
        join > gate
        gate [left_ok and right_ok] > end_yes
        gate > end_no
        """,
    )
    flow = run(source, left_ok=False, right_ok=False)
    flow.do("left", left_ok=True)

    result = flow.do("right", right_ok=True)

    assert result.ended.element == "end_yes"  # the right branch did not bring back its old left_ok


def test_lists_are_copied_when_they_enter(run):
    source = draw("listed", 'start > a > b > gate\ngate ["x" in kinds] > end_yes\ngate > end_no')
    flow, kinds = run(source), ["x"]
    flow.do("a", kinds=kinds)
    kinds.clear()

    assert flow.do("b").ended.element == "end_yes"


def test_a_join_in_a_loop_waits_for_both_again(run):
    source = draw(
        "loop",
        """
        start > gate0 > split
        split > left > join
        split > right > join
        join > check > gate
        gate [again] > gate0
        gate > end
        """,
    )
    flow = run(source)
    for step in ("left", "right"):
        flow.do(step)
    flow.do("check", again=True)
    flow.do("right")

    assert flow.open() == ["left"]
    flow.do("left")
    assert flow.open() == ["check"]
    assert flow.item("check").iteration == 2
    assert flow.do("check", again=False).ended
    assert flow.sound()


def test_a_terminate_end_cancels_the_rest(run):
    source = draw("halt", "start > split\nsplit > work > end\nsplit > msg_done > stop")
    flow = run(source)

    result = flow.tell("done")

    assert result.ended.element == "stop"
    assert [item.step for item in result.cancelled] == ["work"]
    assert (flow.status, flow.waits(), flow.sound()) == ("done", [], True)


def test_two_plain_ends_both_count(run):
    flow = run(draw("two", "start > split\nsplit > a > end_a\nsplit > b > end_b"))

    assert flow.do("a").ended is None
    assert flow.do("b").ended.element == "end_b"


def test_a_message_wakes_whoever_waits_and_nobody_else(run):
    source = draw("told", "start > msg_means > gate\ngate [means_ok] > end_yes\ngate > end_no")
    flow, other = run(source), run(source)

    assert flow.tell("unknown") is None
    result = flow.tell("means", means_ok=True)

    assert result.ended.element == "end_yes"
    assert flow.tell("means", means_ok=True) is None
    assert other.waits() == ["msg_means"]


def test_subscriptions_name_their_message(run):
    flow = run(draw("sub", "start > msg_means > end"))

    row = flow.owner.results[0].subscribed[0]

    assert (row.message, row.element) == ("means", "msg_means")


def test_an_operator_gets_its_parameters_and_its_result_goes_on(run, owner):
    source = draw(
        "called",
        "start > a > call_note > gate\ngate [noted == 1] > end_yes\ngate > end_no",
        parameters={"call_note": {"fact": '"means.verified"', "who": "decision"}},
    )
    flow = run(source)

    result = flow.do("a", decision="approved")

    assert owner.calls == [{"fact": "means.verified", "who": "approved"}]
    assert result.ended.element == "end_yes"


def test_a_failing_operator_keeps_its_own_exception_and_nothing_else(run):
    flow = run(draw("failing", "start > a > call_fail > end"))

    with pytest.raises(EngineStepError) as caught:
        flow.do("a")
    incident = incidents.open_incident(error=caught.value)

    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert (incident.element, incident.instance) == ("call_fail", flow.instance)
    assert "the register does not answer" in incident.detail
    assert flow.open() == ["a"]
    assert flow.sound()


def test_the_same_failure_is_one_incident_and_success_closes_it(run, monkeypatch):
    flow = run(draw("mended", "start > a > call_fail > end"))
    for _attempt in range(2):
        with pytest.raises(EngineStepError) as caught:
            flow.do("a")
        incidents.open_incident(error=caught.value)
    assert Incident.objects.open().count() == 1

    monkeypatch.setitem(operators._registry, "test.fail", lambda instance: {})
    flow.do("a")

    assert not Incident.objects.open().exists()
    assert not Instance.objects.get().has_incident


def test_an_incident_of_a_message_is_tried_again(run, monkeypatch):
    flow = run(draw("retried", "start > msg_go > call_fail > end"))
    with pytest.raises(EngineStepError) as caught:
        flow.tell("go")
    incident = incidents.open_incident(error=caught.value)
    with pytest.raises(EngineStepError):
        incidents.retry_incident(incident_id=incident.pk)

    monkeypatch.setitem(operators._registry, "test.fail", lambda instance: {})
    result = incidents.retry_incident(incident_id=incident.pk)

    assert result.ended
    assert not Incident.objects.open().exists()


def test_a_finished_item_is_refused_and_stays_as_it_was(run):
    flow = run(JOINED)
    item = flow.item("accept")
    flow.do("accept", opinion="agree")

    with pytest.raises(ConflictError, match="already-done"), transaction.atomic():
        steps.advance(steps.lock_work_item(item.pk), actor=flow.user, answers={})

    assert WorkItem.objects.get(pk=item.pk).answers == {"opinion": "agree"}


def test_the_engine_itself_refuses_a_completed_task(run):
    flow = run(JOINED)
    stale = flow.item("accept")
    flow.do("accept")
    stale.instance.refresh_from_db()

    with pytest.raises(EngineStepError, match="not-ready"), transaction.atomic():
        steps.advance(stale, actor=flow.user, answers={})


def test_the_owner_may_refuse_before_anything_is_written(run, owner):
    flow = run(JOINED)
    owner.refuse = ConflictError("task-cancelled")

    with pytest.raises(ConflictError):
        flow.do("accept")

    owner.refuse = None
    assert flow.open() == ["accept"]
    assert flow.sound()


def test_insist_open_says_what_the_contract_says(run):
    flow = run(JOINED)
    item = flow.item("accept")
    item.instance = flow.instance
    with pytest.raises(ConflictError, match="not-claimed"):
        steps.insist_open(item, flow.user)
    item.status, item.assignee = "claimed", flow.user
    steps.insist_open(item, flow.user)
    item.status = "done"
    with pytest.raises(ConflictError, match="already-done"):
        steps.insist_open(item, flow.user)
    item.status = "cancelled"
    with pytest.raises(ConflictError, match="task-cancelled"):
        steps.insist_open(item, flow.user)


def test_unknown_items_and_processes_are_missing(run, owner, user):
    with pytest.raises(MissingError), transaction.atomic():
        steps.lock_work_item(10**9)
    with pytest.raises(MissingError), transaction.atomic():
        steps.start_instance(
            process_id="nothing", owner_type="test", owner_id=1, subject_id=1, data={}, actor=user
        )


def test_a_case_that_ends_takes_its_work_away_at_once(run):
    flow = run(JOINED)
    flow.do("accept")

    with transaction.atomic():
        cancelled = steps.cancel_open(subject_id=1)
    assert {item.step for item in cancelled} == {"left", "right"}
    assert flow.sound()  # the engine is closed later
    with transaction.atomic():
        steps.close_engine(flow.instance.pk)
        steps.close_engine(flow.instance.pk)

    assert (flow.status, flow.open(), flow.sound()) == ("cancelled", [], True)
    with pytest.raises(ConflictError, match="task-cancelled"), transaction.atomic():
        steps.advance(steps.lock_work_item(cancelled[0].pk), actor=flow.user, answers={})


def test_an_advance_takes_few_queries(run, django_assert_max_num_queries):
    flow = run(JOINED)
    item_id = flow.item("accept").pk

    with clock.held():
        clock.now()  # reads the offset
        # BEGIN and COMMIT included
        with django_assert_max_num_queries(7), transaction.atomic():
            steps.advance(steps.lock_work_item(item_id), actor=flow.user, answers={})


def test_a_runaway_is_stopped_and_nothing_is_kept(run, monkeypatch):
    flow = run(
        draw(
            "long", "start > a > set_x > set_y > end", scripts={"set_x": "x = 1", "set_y": "y = x"}
        )
    )
    monkeypatch.setattr("workflows.engine.run.MAX_STEPS", 1)

    with pytest.raises(EngineStepError, match="runaway"):
        flow.do("a")

    assert flow.open() == ["a"]
    assert flow.sound()
