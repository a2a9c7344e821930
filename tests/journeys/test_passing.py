"""Tasks that do not go straight on: papers are asked for, work goes back, colleagues help."""

import pytest
from playwright.sync_api import Locator, Page, expect

from cases.models import Case
from cases.opening import Wanted
from cases.services.intake import open_case
from cases.services.work_items import claim
from tests import robots
from tests.factories.county import number_of
from tests.journeys.test_tasks import fill_in

PDF = b"%PDF-1.7\n%" + bytes(range(128, 160)) + b"\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def case(county, household) -> Case:
    head = household.memberships.get(relation="head").person
    return open_case(
        actor=county["window.fuyun"],
        id_number=number_of(head),
        matters=[Wanted("disabled_living")],
        channel="window",
        consent=True,
    )


def at_department(case: Case, county) -> int:
    """The first task of a department's handler, claimed by one of the two."""
    for _step in range(5):
        item = robots.ready(case)[0]
        if item.role == "dept_handler":
            break
        robots.do(item)
    claim(actor=county[f"dept.{item.org_unit.code}.handler"], item_id=item.pk)
    return item.pk


def fold_out(page: Page, words: str) -> Locator:
    """Open one of the folds below the form."""
    fold = page.locator("#panel details", has_text=words)
    fold.locator("summary").click()
    return fold


def test_papers_are_asked_for_and_their_coming_starts_the_clock_again(
    sign_in, case, county, live_server
):
    page = sign_in("town.fuyun")
    item = robots.ready(case)[0]
    claim(actor=county["town.fuyun"], item_id=item.pk)
    page.goto(f"{live_server.url}/tasks/{item.pk}/")
    fold = fold_out(page, "补正：")

    fold.get_by_role("button").click()
    expect(page.locator("#panel .summary")).to_contain_text("请勾选缺哪些材料")
    page.get_by_label("残疾人证").check()
    page.fill("#id_message", "请带残疾人证")
    page.get_by_role("button", name="通知申请人补正").click()
    expect(page.locator(".notice")).to_contain_text("时限暂停")
    page = sign_in("window.fuyun")
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    asked = page.locator("[data-asked]")
    expect(asked).to_contain_text("请带残疾人证")
    asked.locator("input[type=file]").set_input_files(
        {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )

    expect(page.locator(".notice")).to_contain_text("材料已收到")
    expect(page.locator("[data-asked]")).to_have_count(0)
    assert case.supplements.get().result == "received"
    assert case.matters.get().pauses == 0


def test_work_goes_back_to_the_step_before_with_a_reason(sign_in, case, county, live_server):
    pk = at_department(case, county)
    page = sign_in("dept.disabled.handler")
    page.goto(f"{live_server.url}/tasks/{pk}/")
    fold = fold_out(page, "退回：")

    fold.get_by_role("button").click()
    expect(page.locator("#panel .summary")).to_be_focused()
    page.fill("#id_return_reason", "残疾等级填错了")
    page.get_by_role("button", name="退回给前面的环节").click()

    expect(page.locator(".notice")).to_contain_text("已退回")
    (item,) = robots.ready(case)
    assert item.step == "accept"
    page = sign_in("window.fuyun")
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    expect(page.locator("main")).to_contain_text("残疾等级填错了")


def test_a_transferred_task_is_the_colleagues_for_good(sign_in, case, county, live_server):
    pk = at_department(case, county)
    page = sign_in("dept.disabled.handler")
    page.goto(f"{live_server.url}/tasks/{pk}/")
    fold = fold_out(page, "转办：")

    fold.get_by_label("原因").fill("出差")
    fold.get_by_role("button").click()

    expect(page.locator(".notice")).to_contain_text("已转办")
    page = sign_in("dept.disabled.handler2")
    page.goto(f"{live_server.url}/tasks/?view=mine")
    expect(page.locator("#answers")).to_be_visible()
    assert robots.ready(case)[0].assignee == county["dept.disabled.handler2"]


def test_a_delegated_task_comes_back_with_what_the_colleague_filled_in(
    sign_in, case, county, live_server
):
    pk = at_department(case, county)
    page = sign_in("dept.disabled.handler")
    page.goto(f"{live_server.url}/tasks/{pk}/")
    fold = fold_out(page, "委派：")
    fold.get_by_label("原因").fill("请协助核实")
    fold.get_by_role("button").click()
    expect(page.locator(".notice")).to_contain_text("已委派")

    page = sign_in("dept.disabled.handler2")
    page.goto(f"{live_server.url}/tasks/{pk}/")
    expect(page.locator("#answers")).to_be_visible()
    fill_in(page)
    page.click("[data-approve]")
    expect(page.locator(".notice")).to_contain_text("已办")

    page = sign_in("dept.disabled.handler")
    page.goto(f"{live_server.url}/tasks/{pk}/")
    expect(page.locator("#answers input:checked").first).to_be_visible()
    page.click("[data-approve]")
    expect(page.locator(".notice")).to_contain_text("已办")
    assert robots.ready(case)[0].step == "decide"
