"""Officers at their work lists, and who looks on."""

import pytest
from playwright.sync_api import Page, expect

from cases.models import Case
from cases.opening import Wanted
from cases.services.intake import open_case
from tests.factories.county import number_of
from workflows.models import WorkItem


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


def fill_in(page: Page) -> None:
    """Favourable answers to whatever is asked."""
    for group in page.locator("#answers fieldset").all():
        group.locator("input").first.check()
    for box in page.locator("#answers select").all():
        box.select_option(index=1)
    for field in page.locator("#answers input[type=text]").all():
        field.fill("1")
    for field in page.locator("#answers input[type=date]").all():
        field.fill(field.evaluate("() => new Date().toLocaleDateString('sv')"))
    for field in page.locator("#answers textarea").all():
        field.fill("情况属实")


def do_one(page: Page) -> None:
    """Claim what is shown beside the list, fill in the form, press the main button."""
    page.get_by_role("button", name="认领，由我办理").click()
    expect(page.locator("#answers")).to_be_visible()
    fill_in(page)
    page.click("[data-approve]")
    expect(page.locator("#panel .notice")).to_contain_text("已办")


def test_officers_one_after_the_other_bring_a_matter_to_its_end(sign_in, case, live_server):
    for _visit in range(8):
        item = WorkItem.objects.filter(status="ready").select_related("org_unit").first()
        if item is None:
            break
        who = {
            "township_officer": "town",
            "township_approver": "town2",
            "dept_handler": "handler",
            "dept_approver": "approver",
        }[item.role]
        place = item.org_unit.code
        at_town = item.org_unit.kind == "township"
        page = sign_in(f"{who}.{place}" if at_town else f"dept.{place}.{who}")
        page.goto(f"{live_server.url}/tasks/")
        do_one(page)

    matter = case.matters.get()
    assert matter.status == "approved"
    case.refresh_from_db()
    assert case.status == "closed"
    page = sign_in("supervisor")
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    expect(page.locator("main")).to_contain_text("困难残疾人生活补贴")
    page.get_by_role("link", name="幸福清单").click()
    expect(page.locator(".sheet .entries")).to_contain_text("元/月")
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".sheet-head")).to_be_visible()


def test_a_form_that_does_not_fit_shows_each_field_and_keeps_the_rest(sign_in, case, live_server):
    page = sign_in("town.fuyun")
    page.goto(f"{live_server.url}/tasks/")
    page.get_by_role("button", name="认领，由我办理").click()
    expect(page.locator("#answers")).to_be_visible()

    page.click("[data-approve]")

    summary = page.locator("#panel .summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.closest('#answers') !== null")
    assert not WorkItem.objects.filter(status="done").exists()


def test_a_draft_is_kept_while_typing(sign_in, case, live_server):
    page = sign_in("town.fuyun")
    page.goto(f"{live_server.url}/tasks/")
    page.get_by_role("button", name="认领，由我办理").click()
    expect(page.locator("#answers")).to_be_visible()
    fill_in(page)
    expect(page.locator(".saved")).to_contain_text("草稿已存")

    page.reload()

    expect(page.locator("#answers input:checked").first).to_be_visible()
    assert WorkItem.objects.get(status="claimed").draft


def test_the_list_is_moved_through_by_keys(sign_in, case, live_server):
    page = sign_in("town.fuyun")
    page.goto(f"{live_server.url}/tasks/?view=claimable")
    expect(page.locator("#panel [data-approve]")).to_be_visible()

    page.keyboard.press("j")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tr[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("[data-approve]")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    page.keyboard.type(case.number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case.pk}/")


def test_another_township_sees_neither_task_nor_case(sign_in, case, live_server):
    page = sign_in("town.wuxi")
    item = WorkItem.objects.filter(status="ready").first()
    assert item is not None

    for address in (f"/tasks/{item.pk}/", f"/cases/{case.pk}/"):
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("h1")).to_have_text("没有找到")


def test_the_drawing_shows_how_far_it_is_and_has_a_text_twin(sign_in, case, live_server):
    page = sign_in("window.fuyun")
    page.goto(f"{live_server.url}/cases/{case.pk}/")

    page.get_by_text("流程图").click()

    expect(page.locator("[data-drawn=done]")).to_be_visible()
    expect(page.locator(".djs-element.at-active").first).to_be_attached()
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    expect(page.locator(".twin")).to_contain_text("待办理")


def test_a_case_is_withdrawn_with_a_reason(sign_in, case, live_server):
    page = sign_in("window.fuyun")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live_server.url}/cases/{case.pk}/")
    page.get_by_text("申请人撤回申请").click()

    page.get_by_role("button", name="撤回申请").click()
    expect(page.locator(".summary")).to_be_focused()
    page.fill("#id_withdraw_reason", "家里情况好转")
    page.get_by_role("button", name="撤回申请").click()

    expect(page.locator(".notice")).to_contain_text("申请已撤回")
    case.refresh_from_db()
    assert case.status == "withdrawn"
