"""The matrix of pairs: shown before a decision, held against it, kept with it."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from cases import briefing, outcomes
from cases.models import Case, Matter, Outcome
from cases.robots.inside import Office
from cases.services import work_items
from cases.services.intake import Wanted, open_case
from common import clock
from common.errors import InputError
from common.models import Event
from households import steps as households
from households.models import Benefit, Household, Person
from permissions.models import OrgUnit, User
from tests import robots
from tests.factories.county import make_person, number_of
from workflows.models import WorkItem

pytestmark = pytest.mark.django_db(transaction=True)


def head_of(household: Household) -> Person:
    return household.memberships.get(relation="head").person


def grant(matter: str, amount: str | None = "500.00", **fields) -> Benefit:
    """Aid that another case or register granted."""
    values = {"form": "monthly", "measure": matter, "starts_on": date(2025, 1, 1), **fields}
    return households.grant_benefit(
        source_id=OrgUnit.objects.get(code="civil").pk,
        source_ref=f"{matter}/{Benefit.objects.count()}",
        matter=matter,
        amount_yuan=amount,
        event=Event.objects.create(stream="s", name="n", at=clock.now(), data={}),
        **values,
    )


def deciding(case: Case, code: str) -> WorkItem:
    """Everybody does what is ready until the matter comes to its decision."""
    for _round in range(60):
        robots.run_jobs()
        items = robots.ready(case, code)
        if items and items[0].step.startswith("decide"):
            return items[0]
        for item in items or robots.ready(case, "intake"):
            robots.do(item)
        if not items and not robots.ready(case):
            clock.advance(days=1)
            robots.due.run_due()
    raise AssertionError("no decision")


def shown(item: WorkItem) -> list[dict]:
    return briefing.brief(item.pk, robots.doer(item))["facts"]["other_aid"]


def then(matter: Matter) -> list[tuple[str, str, str, str]]:
    """kind, what follows, the other aid, the row."""
    met = outcomes.other_aid(matter)
    return [(row.kind, row.then, row.matter, row.rule.id) for row in met]


def test_what_excludes_is_shown_and_cannot_be_approved(opened, household):
    grant("destitute_support", "1410.00", person=head_of(household))
    case = opened("disabled_living")
    item = deciding(case, "disabled_living")

    [told] = shown(item)
    with pytest.raises(InputError) as refused:
        robots.do(item, decision="approved")

    assert (told["kind"], told["then"], told["row"]) == ("exclude", "bars", "destitute_disabled")
    assert told["article"] == "国发〔2015〕52号"
    assert [(row.field, row.code) for row in refused.value.errors] == [("decision", "invalid-data")]
    assert "特困人员救助供养" in str(refused.value.message)
    assert "国发〔2015〕52号" in str(refused.value.message)
    item.refresh_from_db()
    assert item.status == "claimed"
    assert not Outcome.objects.exists()
    assert not Benefit.objects.filter(matter="disabled_living").exists()


def test_refused_instead_it_keeps_what_excluded(opened, household):
    grant("destitute_support", person=head_of(household))
    case = opened("disabled_living")

    robots.do(deciding(case, "disabled_living"), decision="refused")

    why = Outcome.objects.get(matter__case=case).why
    assert [(row["row"], row["then"]) for row in why["other_aid"]] == [
        ("destitute_disabled", "bars")
    ]


def test_once_the_other_aid_is_ended_it_can_be_approved(opened, household):
    benefit = grant("destitute_support", person=head_of(household))
    item = deciding(opened("disabled_living"), "disabled_living")
    event = Event.objects.create(stream="s", name="n", at=clock.now(), data={})
    with transaction.atomic():
        households.end_benefit(benefit_id=benefit.pk, ends_on=clock.today(), event=event)

    robots.do(item, decision="approved")

    assert Outcome.objects.get(matter_id=item.owner_id).outcome == "approved"


def test_what_goes_before_is_approved_and_names_what_is_to_stop(opened, household):
    other = grant("disabled_care", person=head_of(household))
    case = opened("destitute_support")
    item = deciding(case, "destitute_support")

    [told] = shown(item)
    robots.do(item, decision="approved")

    assert (told["then"], told["matter"]) == ("ends", "disabled_care")
    assert "停止或调整" in told["text"]
    why = Outcome.objects.get(matter__case=case, matter__code="destitute_support").why
    assert why["other_aid"] == [told]
    other.refresh_from_db()
    assert other.ends_on is None  # a stop needs a written reason of its own


@pytest.mark.parametrize(
    ("asked", "held", "expected"),
    [
        ("disabled_living", "work_injury_care", [("exclude", "bars", "disabled_work_injury")]),
        ("disabled_living", "aged_living", [("higher", "", "disabled_living_higher")]),
        ("disabled_care", "child_support", []),
        ("disabled_living", "child_support", [("exclude", "bars", "child_disabled_living")]),
        ("child_support", "disabled_living", [("exclude", "ends", "child_disabled_living")]),
        ("child_support", "destitute_support", [("order", "", "destitute_child"),
                                                ("topup", "", "child_topup")]),
        ("disabled_care", "disabled_living", []),
        ("medical_aid", "charity_aid", [("order", "", "bill_medical")]),
        ("education_aid", "other", []),
    ],
)  # fmt: skip
def test_each_kind_of_pair_between_a_person_s_aid(opened, household, asked, held, expected):
    grant(held, person=head_of(household))

    matter = opened(asked).matters.get()

    assert then(matter) == [(kind, what, held, row) for kind, what, row in expected]


@pytest.mark.parametrize(
    ("asked", "held", "expected"),
    [
        ("min_living", "marginal_household", [("exclude", "ends", "min_living_status")]),
        ("marginal_household", "min_living", [("exclude", "bars", "min_living_status")]),
        ("housing_aid", "housing_aid", [("exclude", "bars", "housing_once")]),
        ("disaster_aid", "housing_aid", [("exclude", "look", "house_rebuilt_once")]),
        ("temporary_aid", "temporary_aid", [("exclude", "look", "temporary_once")]),
        ("utility_relief", "min_living", []),
    ],
)
def test_each_kind_of_pair_between_a_household_s_aid(opened, household, asked, held, expected):
    once = held in {"housing_aid", "temporary_aid"}
    fields = {"form": "once", "starts_on": clock.today()} if once else {}
    grant(held, household=household, **fields)

    matter = opened(asked).matters.get()

    assert then(matter) == [(kind, what, held, row) for kind, what, row in expected]


def test_the_sum_that_tops_up_is_said(opened, household):
    grant("min_living", "886.00", household=household)

    [told] = outcomes.other_aid(opened("child_support").matters.get())

    assert "每月 886 元" in told.words
    assert "补足" in told.words


def test_household_and_member_are_the_same_only_where_there_is_no_other_member(opened, household):
    grant("destitute_support", person=head_of(household))
    matter = opened("min_living").matters.get()

    of_three = then(matter)
    household.memberships.exclude(relation="head").update(member_to=clock.today())

    assert [row[1] for row in of_three] == ["look"]
    assert [row[1] for row in then(matter)] == ["bars"]


def test_another_member_s_own_aid_does_not_concern_a_person(opened, household):
    grant("destitute_support", person=make_person(household, 77))

    assert then(opened("disabled_living").matters.get()) == []


def test_what_ends_before_the_grant_begins_bars_nothing(opened, household):
    day = outcomes.add_months(clock.today().replace(day=1), 1)
    grant("destitute_support", person=head_of(household), ends_on=day)
    grant("work_injury_care", person=head_of(household), ends_on=clock.today() + timedelta(1))

    child = opened("child_support").matters.get()  # money from next month on

    assert then(child) == []


def queries(item: WorkItem, **chosen) -> list[str]:
    actor = robots.doer(item)
    work_items.claim(actor=actor, item_id=item.pk)
    data = robots.fill(work_items.form_of(item, work_items.package_of(item.instance)), **chosen)
    with CaptureQueriesContext(connection) as caught:
        work_items.complete_work_item(actor=actor, item_id=item.pk, data=data)
    return [row["sql"] for row in caught.captured_queries]


def test_a_step_that_decides_nothing_asks_nothing_more(opened):
    case = opened("disabled_care")
    [accept, *_] = robots.ready(case, "disabled_care")
    outcomes.other_aid(case.matters.get())  # what a machine process keeps is read

    before = queries(accept)
    decided = queries(deciding(case, "disabled_care"))

    assert not [sql for sql in before if "pair(a, b)" in sql or "households_benefit" in sql]
    assert len([sql for sql in decided if "pair(a, b)" in sql]) == 1


def test_a_task_that_decides_nothing_shows_none_and_asks_none(opened, household):
    item = robots.ready(opened("disabled_care"), "disabled_care")[0]

    with CaptureQueriesContext(connection) as caught:
        found = briefing.brief(item.pk, robots.doer(item))

    assert "other_aid" not in found["facts"]
    assert not [row for row in caught.captured_queries if "pair(a, b)" in row["sql"]]


def test_the_page_says_so_before_and_after(opened, household):
    grant("destitute_support", person=head_of(household))
    case = opened("disabled_living")
    item = deciding(case, "disabled_living")
    client = Client()
    client.force_login(robots.doer(item))
    client.post(f"/tasks/{item.pk}/claim/")

    page = client.get(f"/tasks/{item.pk}/").content.decode()
    answers = {"decision": "approved", "amount": "266.00", "reason": "情况属实"}
    refused = client.post(f"/tasks/{item.pk}/complete/", answers)

    assert "与正在享受的待遇" in page
    assert "不能同时确认" in page
    assert refused.status_code == 422
    assert "须先依程序停止" in refused.content.decode()
    with override(settings.LANGUAGE_CODE):  # the English page leaves its language behind
        page = client.get(f"/tasks/{item.pk}/", headers={"Accept-Language": "en"}).content.decode()
    assert "Destitute people draw neither subsidy" in page


def test_two_approvals_of_one_household_at_once_see_each_other(opened, household):
    first = deciding(opened("child_support"), "child_support")
    second = make_second(household, head_of(household), first)

    def approve(item: WorkItem):
        data = robots.fill(work_items.form_of(item, work_items.package_of(item.instance)))
        actor = robots.doer(item)
        work_items.claim(actor=actor, item_id=item.pk)
        return lambda: work_items.complete_work_item(actor=actor, item_id=item.pk, data=data)

    answers = robots.together(approve(first), approve(second))

    assert sum(isinstance(answer, InputError) for answer in answers) <= 1
    codes = set(Benefit.objects.values_list("matter", flat=True))
    [refused] = [a for a in answers if isinstance(a, InputError)] or [None]
    if refused is None:  # the living subsidy came first; the children's allowance goes before
        assert codes == {"child_support", "disabled_living"}
        [row] = Outcome.objects.get(matter__code="child_support").why["other_aid"]
        assert row["then"] == "ends"
    else:
        assert codes == {"child_support"}


def make_second(household: Household, person: Person, first: WorkItem) -> WorkItem:
    """The same person's other matter, in a case that another member applied for."""
    member = household.memberships.exclude(relation="head").first().person
    case = open_case(
        actor=User.objects.get(username="window.fuyun"),
        id_number=number_of(member),
        matters=[Wanted("disabled_living", person.person_no)],
        channel="window",
        consent=True,
    )
    return deciding(case, "disabled_living")


def test_robots_read_the_answer_and_decide_otherwise(opened, household):
    grant("destitute_support", person=head_of(household))
    case = opened("disabled_living")
    item = deciding(case, "disabled_living")
    office = Office(3, favour=1.0)

    done = office.do(item)

    assert done.answers["decision"] == "refused"
    assert Outcome.objects.get(matter__case=case).outcome == "refused"
