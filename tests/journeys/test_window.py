"""The clerk at the window."""

import re

from playwright.sync_api import expect

from cases.models import Case
from tests.factories.county import id_number, number_of


def read_card(page, number: str) -> None:
    """What a reader does: eighteen characters at once, then Enter, wherever the focus is."""
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.locator("#application form, #application .summary").first).to_be_visible()


def test_a_card_a_few_ticks_and_one_button_open_a_case(sign_in, household):
    head = household.memberships.get(relation="head").person
    page = sign_in("window.fuyun")

    page.locator("h1").click()  # the focus is anywhere
    read_card(page, number_of(head))
    expect(page.locator("#application")).to_contain_text(head.name)
    page.check("#id_matter_min_living")
    page.check("#id_matter_disabled_living")
    page.check("#id_consent")
    expect(page.locator("[data-count]")).to_contain_text("2 个事项同时送")
    page.keyboard.press("F9")
    page.wait_for_url("**/receipt/**")

    case = Case.objects.get()
    receipt = page.locator(".receipt")
    expect(receipt).to_contain_text(case.number)
    expect(receipt).to_contain_text("最低生活保障")
    expect(receipt).to_contain_text("不用再跑")
    assert number_of(head) not in page.content()


def test_a_refused_form_says_what_is_wrong_and_keeps_what_was_typed(sign_in, household):
    head = household.memberships.get(relation="head").person
    page = sign_in("window.fuyun")

    read_card(page, number_of(head))
    page.check("#id_matter_temporary_aid")
    page.check("[data-agent]")
    page.fill("#id_agent_name", "李四")
    page.fill("#id_agent_number", "331125196503120000")
    page.click("[data-f9]")

    summary = page.locator("#application .summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.locator("#id_agent_number")).to_be_focused()
    expect(page.locator("#id_agent_name")).to_have_value("李四")
    expect(page.locator("#id_matter_temporary_aid")).to_be_checked()
    assert not Case.objects.exists()


def test_an_invalid_number_is_named_and_kept(sign_in):
    page = sign_in("window.fuyun")

    page.fill("#id_card", "331125196503120000")
    page.keyboard.press("Enter")

    expect(page.locator("#application .summary")).to_contain_text("身份证号码有误")
    expect(page.locator("#id_card")).to_have_value("331125196503120000")


def test_a_sound_number_that_nobody_has_asks_for_the_name(sign_in):
    page = sign_in("window.fuyun")

    read_card(page, id_number(99))
    page.check("#id_matter_temporary_aid")
    page.check("#id_consent")
    page.click("[data-f9]")
    expect(page.locator("#application .summary")).to_contain_text("请填写姓名")
    page.fill("#id_name", "新来")
    page.click("[data-f9]")
    page.wait_for_url("**/receipt/**")

    case = Case.objects.get()
    assert case.applicant.name == "新来"
    assert case.household.is_provisional


def test_who_has_an_open_case_is_led_to_it(sign_in, household):
    head = household.memberships.get(relation="head").person
    page = sign_in("window.fuyun")
    read_card(page, number_of(head))
    page.check("#id_matter_min_living")
    page.check("#id_consent")
    page.click("[data-f9]")
    page.wait_for_url("**/receipt/**")

    page.get_by_role("link", name="受理下一位").click()
    page.wait_for_url("**/window/")
    read_card(page, number_of(head))

    expect(page.locator("#application")).to_contain_text("已有一件在办的申请")
    expect(page.locator("[data-f9]")).to_have_count(0)


def test_the_window_is_not_for_a_department(sign_in, live_server):
    page = sign_in("dept.civil.handler")

    answer = page.goto(f"{live_server.url}/window/")

    assert answer is not None
    assert answer.status == 403
    expect(page.locator("h1")).to_have_text("这里不归您办")


def test_a_wrong_password_is_refused_and_the_language_can_be_changed(sign_in, live_server, page):
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("#id_username", "window.fuyun")
    page.fill("#id_password", "wrong")
    page.click("main button")
    expect(page.locator(".summary")).to_be_focused()

    sign_in("window.fuyun")
    page.click(".who summary")
    page.get_by_role("button", name="换成大字版").click()
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    page.click(".who summary")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("en"))
