"""From the window to the happiness list."""

import pytest

from cases import timeline
from cases.models import Outcome
from common import clock
from common.models import Event
from households.happiness import happiness_list
from households.models import Benefit
from tests import robots
from tests.cases.test_open_case import FOURTEEN
from workflows.models import Instance, Subscription, Timer, WorkItem


def test_fourteen_matters_end_in_outcomes_that_stand_on_the_list_once(opened, household):
    case = robots.finish(opened(*FOURTEEN))

    outcomes = Outcome.objects.filter(matter__case=case)
    assert outcomes.count() == case.matters.count() == 14
    approved = outcomes.filter(outcome="approved")
    entries = happiness_list(household)["entries"]
    assert sorted(e["matter"] for e in entries) == sorted(o.matter.code for o in approved)
    assert Event.objects.filter(stream=case.stream, name="case.closed").count() == 1
    assert not WorkItem.objects.filter(status__in=("ready", "claimed")).exists()
    assert not Timer.objects.filter(fired_at=None).exists()
    assert not Subscription.objects.exists()
    assert not Instance.objects.filter(status="running").exists()


@pytest.mark.parametrize("code", FOURTEEN)
def test_each_matter_is_approved_on_its_favourable_way(opened, household, code):
    household.category = "min_living"  # the door to what follows a status
    household.save()

    case = robots.finish(opened(code))

    matter = case.matters.get(code=code)
    assert (matter.status, matter.decision.outcome) == ("approved", "approved")
    assert Benefit.objects.filter(matter_id=matter.pk).count() == 1


@pytest.mark.parametrize("code", [c for c in FOURTEEN if c not in {"medical_aid"}])
def test_each_matter_is_refused_with_a_reason_and_grants_nothing(opened, household, code):
    household.category = "min_living"
    household.save()

    case = robots.finish(opened(code), decision="refused", reason="不符合规定条件")

    matter = case.matters.get(code=code)
    assert matter.decision.outcome == "refused"
    assert matter.decision.reason == "不符合规定条件"
    assert case.status == "closed"
    assert not Benefit.objects.filter(matter_id=matter.pk).exists()


def test_monthly_money_starts_the_month_after_and_subsidies_with_the_application(opened):
    case = robots.finish(opened("min_living", "disabled_care"))

    living = case.matters.get(code="min_living").decision
    care = case.matters.get(code="disabled_care").decision
    assert living.starts_on.day == 1
    assert living.starts_on > living.decided_at.date()
    assert care.starts_on == case.opened_at.date().replace(day=1)


def test_a_granted_status_starts_premiums_and_relief_by_itself(opened, household):
    case = robots.finish(opened("min_living"))

    by_event = case.matters.filter(started_by_event="status.granted")
    assert set(by_event.values_list("code", flat=True)) == {"medical_aid", "utility_relief"}
    assert by_event.filter(code="medical_aid").count() == 3  # every member of the household
    household.refresh_from_db()
    assert household.status(clock.today()).category == "min_living"
    assert household.category == "none"  # what the register says stays the register's


def test_the_higher_status_leaves_the_lower_ones_not_applicable(opened):
    case = robots.finish(opened("min_living", "marginal_household", "expenditure_hardship"))

    by_code = {m.code: m.status for m in case.matters.all()}
    assert by_code["min_living"] == "approved"
    assert by_code["marginal_household"] == "not_applicable"
    assert by_code["expenditure_hardship"] == "not_applicable"
    assert case.matters.get(code="marginal_household").decision.reason


def test_a_refusal_lets_the_next_status_go_on(opened):
    case = opened("min_living", "marginal_household")
    for _ in range(200):
        robots.run_jobs()
        items = robots.ready(case)
        if not items:
            robots.clock.advance(days=1)
            robots.due.run_due()
        for item in items:
            item.refresh_from_db()
            if item.status not in {"ready", "claimed"}:
                continue
            refuse = item.instance.definition.process_id == "min_living"
            chosen = {"decision": "refused"} if refuse else {}
            robots.do(item, **chosen)
        case.refresh_from_db()
        if case.status != "open":
            break

    by_code = {m.code: m.status for m in case.matters.all()}
    assert by_code["min_living"] == "refused"
    assert by_code["marginal_household"] == "approved"


def test_the_means_check_and_the_visit_are_done_once_for_all(opened):
    case = robots.finish(opened("min_living", "destitute_support", "temporary_aid", "housing_aid"))

    done = WorkItem.objects.filter(subject_id=case.pk, owner_type="intake", status="done")
    assert sorted(done.values_list("step", flat=True)) == ["means_report", "means_request", "visit"]
    case.refresh_from_db()
    assert (case.means, case.visit) == ("done", "done")


def test_the_timeline_tells_it_in_order_in_words(opened):
    case = robots.finish(opened("disabled_care"))

    rows = timeline.timeline(case)

    names = [row["event"] for row in rows]
    assert names[0] == "case.opened"
    assert names[-1] == "case.closed"
    assert names.index("matter.decided") < names.index("benefit.granted")
    assert all(row["text"] and "%(" not in row["text"] for row in rows)


def test_a_granted_aid_takes_the_place_of_the_same_aid_before(opened, household):
    robots.finish(opened("min_living"))

    second = robots.finish(opened("min_living"))

    running = Benefit.objects.filter(household=household, matter="min_living", ends_on=None)
    assert running.get().matter_id == second.matters.get(code="min_living").pk
