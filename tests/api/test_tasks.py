"""Tasks: lists, one task, and what may be done with it by whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cases.models import Case
from cases.services import due, work_items
from common import clock
from permissions.models import OrgUnit, RoleAssignment, User
from tests.api.client import Api
from tests.api.papers import PDF, paper
from tests.jobs import run_waiting
from tests.robots import do, doer, fill, ready, together
from workflows.models import WorkItem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(opened) -> WorkItem:
    """The first task of a min_living case: for a township officer of Fuyun."""
    return ready(opened("min_living"), "min_living")[0]


def answers(item: WorkItem, **chosen) -> dict:
    schema = work_items.form_of(item, work_items.package_of(item.instance))
    return {"data": fill(schema, **chosen)}


@pytest.fixture
def officer(api: Callable[[str], Api]) -> Api:
    return api("town.fuyun")


def test_a_task_is_listed_for_its_organisation_only(api, officer, task):
    ids = [row["id"] for row in officer.get("tasks/", claimable="true").data["results"]]

    assert task.pk in ids
    assert api("town.wuxi").get("tasks/").data["results"] == []
    assert task.pk in [row["id"] for row in api("supervisor").get("tasks/").data["results"]]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"status": "ready"}, True),
        ({"status": "done"}, False),
        ({"mine": "true"}, False),
        ({"claimable": "1"}, True),
        ({"matter": "min_living"}, True),
        ({"matter": "medical_aid"}, False),
        ({"light": "green"}, True),
        ({"light": "red"}, False),
        ({"light": "yellow"}, False),
        ({"light": "grey"}, False),
        ({"organisation": "fuyun"}, True),
        ({"organisation": "civil"}, False),
    ],
)
def test_filters(officer, task, params, found):
    ids = [row["id"] for row in officer.get("tasks/", **params).data["results"]]

    assert (task.pk in ids) is found


def test_filter_by_case(officer, task):
    row = officer.get("tasks/", case=str(task.subject_id)).data["results"][0]

    assert row["case"] == task.subject_id
    assert officer.get("tasks/", case=row["case_number"]).data["results"]
    assert officer.get("tasks/", case="LB0").data["results"] == []


def test_each_light_is_listed_as_it_is_shown(officer, task):
    midnight = clock.midnight(clock.today())
    for hours in (-48, -1, 0, 1, 23, 24, 25, 47, 48, 72):
        WorkItem.objects.filter(pk=task.pk).update(
            due_at=midnight + timedelta(hours=hours),
            warn_at=midnight + timedelta(hours=hours - 24),
        )
        shown = officer.get(f"tasks/{task.pk}/").data["light"]

        for light in ("green", "yellow", "red", "grey"):
            ids = [row["id"] for row in officer.get("tasks/", light=light).data["results"]]
            assert (task.pk in ids) is (light == shown), (hours, light, shown)


def test_one_task_with_its_form(officer, task):
    found = officer.get(f"tasks/{task.pk}/").data

    assert found["allowed"] == ["claim"]
    assert found["form"]["schema"]["properties"]["cause"]
    assert found["form"]["draft"] == {}
    assert found["facts"]["household"]["members"] == 3
    assert found["facts"]["person"]["name"]
    assert found["suggestion"] is None


def test_what_is_allowed_follows_the_claim(officer, api, task):
    assert officer.post(f"tasks/{task.pk}/claim/").data["assignee"] == "town.fuyun"
    mine = officer.get(f"tasks/{task.pk}/").data["allowed"]
    approver = api("town2.fuyun").get(f"tasks/{task.pk}/")

    assert mine == ["complete", "release", "draft", "supplement", "transfer", "delegate"]
    assert approver.data["allowed"] == []  # sees it, has not the role


def test_claim_draft_complete(officer, task):
    officer.post(f"tasks/{task.pk}/claim/")
    kept = officer.post(f"tasks/{task.pk}/draft/", {"data": {"cause": "ill"}})
    draft = officer.get(f"tasks/{task.pk}/").data["form"]["draft"]
    done = officer.post(f"tasks/{task.pk}/complete/", answers(task))

    assert kept.status == 200
    assert draft == {"cause": "ill"}
    assert done.status == 200
    assert done.data["id"] == task.subject_id
    assert officer.get(f"tasks/{task.pk}/").data["allowed"] == []


def test_wrong_person(api, task):
    elsewhere = api("town.wuxi").post(f"tasks/{task.pk}/claim/")
    window = api("window.fuyun").post(f"tasks/{task.pk}/claim/")
    approver = api("town2.fuyun").post(f"tasks/{task.pk}/claim/")
    unclaimed = api("town.fuyun").post(f"tasks/{task.pk}/complete/", answers(task))

    assert (elsewhere.status, elsewhere.code) == (404, "not-found")
    assert window.status in {403, 404}
    assert (approver.status, approver.code) == (403, "not-allowed")
    assert (unclaimed.status, unclaimed.code) == (409, "not-claimed")


def test_a_colleague_meets_the_assignee(county, officer, task):
    colleague = User.objects.create(username="town3.fuyun", name="王五")
    RoleAssignment.objects.create(
        user=colleague, org_unit_id=task.org_unit_id, role=task.role, division_code="331125001000"
    )
    officer.post(f"tasks/{task.pk}/claim/")

    other = Api(colleague)
    claim = other.post(f"tasks/{task.pk}/claim/")
    complete = other.post(f"tasks/{task.pk}/complete/", answers(task))
    passed = officer.post(f"tasks/{task.pk}/transfer/", {"to": "town3.fuyun", "reason": "请假"})

    assert (claim.status, claim.code, claim.data["assignee"]) == (
        409, "already-claimed", "town.fuyun",
    )  # fmt: skip
    assert (complete.status, complete.code) == (409, "not-claimed")
    assert passed.data["assignee"] == "town3.fuyun"
    assert other.post(f"tasks/{task.pk}/complete/", answers(task)).status == 200


def test_done_twice(officer, task):
    officer.post(f"tasks/{task.pk}/claim/")
    officer.post(f"tasks/{task.pk}/complete/", answers(task))

    again = officer.post(f"tasks/{task.pk}/complete/", answers(task))

    assert (again.status, again.code) == (409, "already-done")


def test_done_twice_at_once(county, officer, task):
    officer.post(f"tasks/{task.pk}/claim/")
    body = answers(task)
    found = together(*[lambda: officer.post(f"tasks/{task.pk}/complete/", body) for _ in range(4)])

    assert sorted(a.status for a in found) == [200, 409, 409, 409]
    assert {a.code for a in found if a.status == 409} == {"already-done"}


def test_after_withdrawal(officer, clerk, task):
    officer.post(f"tasks/{task.pk}/claim/")
    withdrawn = clerk.post(f"cases/{task.subject_id}/withdraw/", {"reason": "不申请了"})
    after = officer.post(f"tasks/{task.pk}/complete/", answers(task))

    assert withdrawn.data["status"] == "withdrawn"
    assert {m["status"] for m in withdrawn.data["matters"]} == {"withdrawn"}
    assert (after.status, after.code) == (409, "task-cancelled")
    again = clerk.post(f"cases/{task.subject_id}/withdraw/", {"reason": "不申请了"})
    assert (again.status, again.code) == (409, "case-closed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {}},
        {"data": []},
        {"data": None},
        {"data": {"cause": "illness"}},
        {"data": {"cause": "nothing", "no_relative": True}},
        {"data": {"cause": "illness", "no_relative": "true"}},
        {"data": {"cause": "illness", "no_relative": True, "more": 1}},
        {"data": {"cause": {"a": {"b": 1}}, "no_relative": True}},
        {"data": {"cause": 10**400, "no_relative": True}},
    ],
)
def test_data_that_do_not_fit(officer, task, body):
    officer.post(f"tasks/{task.pk}/claim/")

    found = officer.post(f"tasks/{task.pk}/complete/", body)

    assert (found.status, found.code) == (422, "invalid-data")
    assert WorkItem.objects.get(pk=task.pk).status == "claimed"


def test_same_officer_is_not_allowed_to_decide(county, officer, task):
    """Who did an earlier step sees the later one, and may not do it."""
    RoleAssignment.objects.create(
        user=county["town.fuyun"],
        org_unit=county_civil(),
        role="dept_approver",
        division_code="331125000000",
    )
    do(task, actor=county["town.fuyun"])
    item = _until_decide(task)

    allowed = officer.get(f"tasks/{item.pk}/").data["allowed"]
    officer.post(f"tasks/{item.pk}/claim/")
    refused = officer.post(
        f"tasks/{item.pk}/complete/", answers(item, decision="approved", amount="500.00")
    )

    assert allowed == []
    assert (refused.status, refused.code) == (403, "same-officer")


def county_civil():
    return OrgUnit.objects.get(code="civil")


def _case(task: WorkItem) -> Case:
    return Case.objects.get(pk=task.subject_id)


def _until_decide(task: WorkItem) -> WorkItem:
    case = _case(task)
    for _ in range(200):
        run_waiting()
        items = ready(case)
        found = next((i for i in items if i.step == "decide"), None)
        if found is not None:
            return found
        for item in items:
            do(item, actor=doer(item))
        if not items:
            clock.advance(days=1)
            due.run_due()
    raise AssertionError


def test_supplement_pauses_and_papers_end_it(officer, clerk, task):
    officer.post(f"tasks/{task.pk}/claim/")
    asked = officer.post(
        f"tasks/{task.pk}/supplement/", {"materials": ["income_proof"], "message": "请补收入证明"}
    )
    paused = clerk.get(f"cases/{task.subject_id}/").data["matters"][0]["light"]
    added = clerk.send(
        f"cases/{task.subject_id}/materials/", {"kind": "income_proof", "file": paper(PDF)}
    )

    assert asked.status == 200
    assert asked.data["matters"] == ["min_living"]
    assert paused == "grey"
    assert added.status == 201
    assert clerk.get(f"cases/{task.subject_id}/").data["matters"][0]["light"] == "green"


def test_return_to_an_earlier_step(api, task):
    do(task)
    item = _until_decide(task)
    approver = api(doer(item).username)
    approver.post(f"tasks/{item.pk}/claim/")
    detail = approver.get(f"tasks/{item.pk}/").data

    back = approver.post(f"tasks/{item.pk}/return/", {"step": "opinion", "reason": "理由不充分"})

    assert "return" in detail["allowed"]
    assert "opinion" in [row["step"] for row in detail["return_to"]]
    assert back.status == 200
    assert approver.get(f"tasks/{item.pk}/").data["status"] == "cancelled"
    again = next(i for i in ready(_case(task), "min_living") if i.step == "opinion")
    found = api("town.fuyun").get(f"tasks/{again.pk}/").data
    assert found["form"]["draft"]["reason"]  # what was answered before


def test_an_opinion_is_shared(api, opened):
    """The second matter's officer finds the first one's opinion, and who gave it."""
    case = opened("min_living", "marginal_household")
    first, second = (ready(case, code)[0] for code in ("min_living", "marginal_household"))
    do(first, cause="disability")

    found = api("town.fuyun").get(f"tasks/{second.pk}/").data

    assert found["form"]["draft"]["cause"] == "disability"
    assert found["suggestion"]["matter"] == "min_living"
    assert found["suggestion"]["task"] == first.pk


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("transfer", {"to": "nobody", "reason": "x"}),
        ("transfer", {"to": "town.wuxi", "reason": "x"}),
        ("transfer", {"to": "town.fuyun", "reason": "x"}),
        ("delegate", {"to": "dept.civil.handler"}),
        ("supplement", {"materials": [], "message": "x"}),
        ("supplement", {"materials": ["nothing"], "message": "x"}),
        ("supplement", {"materials": ["income_proof"], "message": ""}),
        ("return", {"step": "decide", "reason": "x"}),
        ("return", {"reason": "x" * 2000}),
    ],
)
def test_what_cannot_be_asked_of_a_task(officer, task, verb, body):
    officer.post(f"tasks/{task.pk}/claim/")

    found = officer.post(f"tasks/{task.pk}/{verb}/", body)

    assert (found.status, found.code) == (422, "invalid-data")


def test_tasks_that_are_none(officer, task):
    for pk in (0, 999999, 10**30):
        for path in (f"tasks/{pk}/", f"cases/{pk}/", f"cases/{pk}/timeline/"):
            assert officer.get(path).status == 404
        for verb in ("claim", "release"):
            assert officer.post(f"tasks/{pk}/{verb}/").status == 404
        assert officer.post(f"tasks/{pk}/complete/", {"data": {}}).status == 404
        assert officer.post(f"cases/{pk}/withdraw/", {"reason": "x"}).status == 404
