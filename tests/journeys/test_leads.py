"""A township officer, on a phone, from the list of leads to the opened case."""

import pytest
from playwright.sync_api import expect

from cases.models import Case
from tests.factories.screened import make_screened


@pytest.fixture
def screened(county, tmp_path):
    return make_screened(tmp_path)


def test_from_the_list_to_the_opened_case_on_a_phone(sign_in, screened, live_server):
    page = sign_in("town.fuyun")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="线索", exact=True).click()
    expect(page.locator(".leads > li")).to_have_count(2)
    expect(page.locator(".leads .light").first).to_contain_text("剩")
    page.locator(".leads > li", has_text="大学生").get_by_role("link").click()

    page.get_by_role("button", name="接收并安排走访，由我负责").click()
    expect(page.locator(".notice")).to_contain_text("已接收")
    page.get_by_role("button", name="记录走访情况").click()
    expect(page.locator(".summary")).to_be_focused()
    page.locator(".summary").get_by_role("link").click()
    expect(page.locator("#id_visit_note")).to_be_focused()
    page.keyboard.type("在校大学生，家中低保，愿意申请")
    page.get_by_role("button", name="记录走访情况").click()

    page.get_by_label("立案理由").fill("符合教育救助条件")
    page.get_by_role("button", name="立案并送部门办理").click()
    expect(page.locator(".summary")).to_contain_text("授权")
    expect(page.get_by_label("立案理由")).to_have_value("符合教育救助条件")
    page.get_by_label("授权书已签").check()
    page.get_by_role("button", name="立案并送部门办理").click()
    expect(page.locator(".notice")).to_contain_text("已立案")
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.get_by_role("link", name="打开办件").click()

    case = Case.objects.get()
    page.wait_for_url(f"**/cases/{case.pk}/")
    assert list(case.matters.values_list("code", flat=True)) == ["education_aid"]
    assert wide <= 390


def test_the_bar_of_who_does_most_fits_in_both_languages(sign_in, screened, live_server):
    page = sign_in("town.fuyun")
    page.set_viewport_size({"width": 1280, "height": 800})

    for language in ("zh-hans", "en"):
        page.context.add_cookies(
            [{"name": "django_language", "value": language, "url": live_server.url}]
        )
        page.goto(f"{live_server.url}/findings/")
        bar = page.locator(".top").bounding_box()
        assert bar is not None
        assert bar["height"] < 70
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
