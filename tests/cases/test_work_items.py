"""Claiming, completing, handing on: who may, and what meets what."""

import pytest

from cases.models import ClockEvent, Matter
from cases.services import lifecycle, work_items
from common import clock
from common.errors import ConflictError, DeniedError, InputError, MissingError
from permissions.models import User
from tests import robots
from workflows.models import WorkItem


@pytest.fixture
def case(opened):
    return opened("disabled_care")


@pytest.fixture
def item(case) -> WorkItem:
    return robots.ready(case, "disabled_care")[0]


def filled(item: WorkItem, **chosen):
    schema = work_items.form_of(item, work_items.package_of(item.instance))
    return robots.fill(schema, **chosen)


def test_a_task_is_claimed_by_one(county, item):
    work_items.claim(actor=county["town.fuyun"], item_id=item.pk)
    colleague = User.objects.create(username="town9", name="同事")
    grant = county["town.fuyun"].assignments.get()
    colleague.assignments.create(
        org_unit=grant.org_unit, role=grant.role, division_code=grant.division_code
    )

    with pytest.raises(ConflictError) as refused:
        work_items.claim(actor=colleague, item_id=item.pk)

    assert refused.value.code == "already-claimed"
    assert refused.value.extra["assignee"] == "town.fuyun"


def test_an_unclaimed_task_is_not_completed(county, item):
    with pytest.raises(ConflictError) as refused:
        work_items.complete_work_item(
            actor=county["town.fuyun"], item_id=item.pk, data=filled(item)
        )

    assert refused.value.code == "not-claimed"


def test_another_organisation_does_not_even_see_it(county, item):
    with pytest.raises(MissingError):
        work_items.claim(actor=county["town.wuxi"], item_id=item.pk)


def test_another_role_of_the_organisation_sees_it_but_may_not(county, item):
    with pytest.raises(DeniedError) as refused:
        work_items.claim(actor=county["window.fuyun"], item_id=item.pk)

    assert refused.value.code == "not-allowed"


def test_who_goes_to_homes_sees_what_is_for_that_post_only(county, item):
    with pytest.raises(MissingError):
        work_items.claim(actor=county["visit.fuyun"], item_id=item.pk)


def test_done_twice_is_refused_and_leaves_the_first(county, item):
    robots.do(item)

    with pytest.raises(ConflictError) as refused:
        work_items.complete_work_item(
            actor=county["town.fuyun"], item_id=item.pk, data=filled(item)
        )

    assert refused.value.code == "already-done"


def test_two_completions_at_the_same_moment_are_one(county, case, item):
    work_items.claim(actor=county["town.fuyun"], item_id=item.pk)
    data, actors = filled(item), [county["town.fuyun"] for _ in range(4)]

    def client(actor):
        return lambda: work_items.complete_work_item(actor=actor, item_id=item.pk, data=data)

    answers = [getattr(answer, "code", "done") for answer in robots.together(*map(client, actors))]

    assert sorted(answers) == ["already-done"] * 3 + ["done"]


def test_answers_that_do_not_fit_name_their_fields_and_change_nothing(county, case, item):
    work_items.claim(actor=county["town.fuyun"], item_id=item.pk)

    with pytest.raises(InputError) as refused:
        work_items.complete_work_item(
            actor=county["town.fuyun"], item_id=item.pk, data={"surprise": 1}
        )

    assert refused.value.code == "invalid-data"
    assert {error.field for error in refused.value.errors} >= {"surprise"}
    item.refresh_from_db()
    assert item.status == "claimed"


def test_who_gave_the_opinion_does_not_decide(county, case):
    while robots.ready(case, "disabled_care")[0].step != "decide":
        robots.do(robots.ready(case, "disabled_care")[0])
    decide = robots.ready(case, "disabled_care")[0]
    giver = WorkItem.objects.get(subject_id=case.pk, step="opinion").finished_by
    giver.assignments.create(org_unit=decide.org_unit, role=decide.role)

    with pytest.raises(DeniedError) as refused:
        robots.do(decide, actor=User.objects.get(pk=giver.pk))

    assert refused.value.code == "same-officer"


def test_a_delegated_task_comes_back_with_the_answers(county, case):
    robots.do(robots.ready(case, "disabled_care")[0])
    opinion = robots.ready(case, "disabled_care")[0]
    giver, helper = county["dept.disabled.handler"], county["dept.disabled.handler2"]
    work_items.claim(actor=giver, item_id=opinion.pk)
    work_items.delegate(actor=giver, item_id=opinion.pk, to=helper.username, reason="出差")

    work_items.complete_work_item(actor=helper, item_id=opinion.pk, data=filled(opinion))

    opinion.refresh_from_db()
    assert (opinion.status, opinion.assignee) == ("claimed", giver)
    assert opinion.draft == filled(opinion)


def test_a_transferred_task_stays_with_the_colleague(county, case):
    robots.do(robots.ready(case, "disabled_care")[0])
    opinion = robots.ready(case, "disabled_care")[0]
    giver, helper = county["dept.disabled.handler"], county["dept.disabled.handler2"]
    work_items.claim(actor=giver, item_id=opinion.pk)

    work_items.transfer(actor=giver, item_id=opinion.pk, to=helper.username, reason="分工调整")

    opinion.refresh_from_db()
    assert opinion.assignee == helper
    with pytest.raises(ConflictError):
        work_items.complete_work_item(actor=giver, item_id=opinion.pk, data=filled(opinion))


@pytest.mark.parametrize("to", ["nobody", "town.wuxi", "dept.disabled.approver"])
def test_a_task_goes_only_to_a_colleague_with_the_role(county, case, to):
    robots.do(robots.ready(case, "disabled_care")[0])
    opinion = robots.ready(case, "disabled_care")[0]
    work_items.claim(actor=county["dept.disabled.handler"], item_id=opinion.pk)

    with pytest.raises(InputError) as refused:
        work_items.transfer(
            actor=county["dept.disabled.handler"], item_id=opinion.pk, to=to, reason="分工"
        )

    assert refused.value.errors[0].field == "to"


def test_a_return_goes_to_the_step_before_with_its_answers_as_draft(county, case):
    robots.do(robots.ready(case, "disabled_care")[0])
    opinion = robots.ready(case, "disabled_care")[0]
    actor = county["dept.disabled.handler"]
    work_items.claim(actor=actor, item_id=opinion.pk)

    work_items.return_work_item(actor=actor, item_id=opinion.pk, reason="证件复印件不清")

    opinion.refresh_from_db()
    again = robots.ready(case, "disabled_care")
    assert opinion.status == "cancelled"
    assert [i.step for i in again] == ["accept"]
    assert again[0].draft
    robots.finish(case)
    assert case.matters.get(code="disabled_care").status == "approved"


def test_after_withdrawal_nothing_can_be_done_and_nothing_is_granted(county, case, item):
    work_items.claim(actor=county["town.fuyun"], item_id=item.pk)

    lifecycle.withdraw_case(actor=county["window.fuyun"], case_id=case.pk, reason="不再需要")

    with pytest.raises(ConflictError) as refused:
        work_items.complete_work_item(
            actor=county["town.fuyun"], item_id=item.pk, data=filled(item)
        )
    assert refused.value.code == "task-cancelled"
    case.refresh_from_db()
    assert case.status == "withdrawn"
    assert case.matters.get().decision.outcome == "withdrawn"
    robots.run_jobs()
    assert not WorkItem.objects.filter(status__in=("ready", "claimed")).exists()


def test_withdrawal_while_tasks_are_being_completed_meets_no_deadlock(county, opened, household):
    case = opened("temporary_aid", "housing_aid", "disabled_care", "employment_aid", "min_living")
    items = robots.ready(case)
    for item in items:
        work_items.claim(actor=robots.doer(item), item_id=item.pk)

    def complete(item):
        actor, data = robots.doer(item), filled(item)
        return lambda: work_items.complete_work_item(actor=actor, item_id=item.pk, data=data)

    clerk = county["window.fuyun"]
    *answers, withdrawn = robots.together(
        *map(complete, items),
        lambda: lifecycle.withdraw_case(actor=clerk, case_id=case.pk, reason="不再需要"),
    )

    assert withdrawn == case
    answers = [getattr(answer, "code", "done") for answer in answers]
    assert set(answers) <= {"done", "task-cancelled"}
    case.refresh_from_db()
    assert case.status == "withdrawn"
    assert not WorkItem.objects.filter(status__in=("ready", "claimed")).exists()
    assert case.matters.open().count() == 0


def test_publicity_stops_the_clock_for_seven_days(opened):
    case = opened("min_living")
    while not ClockEvent.objects.filter(matter__code="min_living", kind="pause").exists():
        robots.run_jobs()
        for item in robots.ready(case):
            robots.do(item)
    matter = Matter.objects.get(code="min_living")
    before = matter.due_on
    assert matter.pauses == 1
    assert not robots.ready(case, "min_living")

    clock.advance(days=7)
    robots.due.run_due()
    assert not robots.ready(case, "min_living")  # the seventh day is not over
    clock.advance(days=1)
    robots.due.run_due()

    matter.refresh_from_db()
    assert matter.pauses == 0
    assert matter.due_on > before
    assert [i.step for i in robots.ready(case, "min_living")] == ["notice_result"]


def test_an_objection_leads_back_to_a_new_opinion_and_notice(opened):
    case = opened("temporary_aid")
    objected = False
    for _ in range(300):
        robots.run_jobs()
        case.refresh_from_db()
        if case.status != "open":
            break
        items = robots.ready(case)
        for item in items:
            answer = {"small_sum": False}
            if item.step == "notice_result" and not objected:
                answer["no_objection"], objected = False, True
            robots.do(item, **answer)
        if not items:
            clock.advance(days=1)
            robots.due.run_due()

    assert objected
    opinions = WorkItem.objects.filter(subject_id=case.pk, step="opinion", status="done")
    assert opinions.count() == 2
    assert case.matters.get(code="temporary_aid").status == "approved"


def test_a_return_before_a_wait_leaves_no_wait_behind(county, opened):
    case = opened("min_living")
    while not robots.ready(case, "min_living") or robots.ready(case, "min_living")[0].step != (
        "notice_result"
    ):
        robots.run_jobs()
        items = robots.ready(case)
        for item in items:
            robots.do(item)
        if not items:
            clock.advance(days=1)
            robots.due.run_due()
    item, actor = robots.ready(case, "min_living")[0], county["town.fuyun"]
    work_items.claim(actor=actor, item_id=item.pk)

    work_items.return_work_item(actor=actor, item_id=item.pk, step="accept", reason="材料有误")

    matter = case.matters.get(code="min_living")
    assert [i.step for i in robots.ready(case, "min_living")] == ["accept"]
    assert not matter.waits.exists()
    assert matter.pauses == 0
    assert robots.finish(case).status == "closed"
