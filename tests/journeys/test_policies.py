"""An editor publishes a policy package; a township signs for it; anybody reads it."""

import pytest
from playwright.sync_api import expect

from common import clock
from tests.factories.policies import make_curator
from tests.journeys.conftest import PASSWORD


@pytest.fixture
def curator(county):
    user = make_curator()
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def test_from_the_editor_to_the_township_to_everybody(sign_in, curator, live_server):
    page = sign_in("curator")
    page.get_by_role("link", name="政策礼包").click()
    page.get_by_role("link", name="最低生活保障").click()
    page.get_by_role("link", name="写补充说明，发布新版").click()
    page.get_by_label("补充说明").fill("家里有人住院，可以随时申请。")
    page.get_by_label("咨询电话和地址").fill("县民政局 0578-5121234")
    page.get_by_label("从哪一天起对外公布").fill(str(clock.today()))
    page.get_by_role("button", name="发布第 1 版").click()
    expect(page.locator(".notice")).to_contain_text("第 1 版已发布")

    page = sign_in("town.fuyun")
    page.get_by_role("link", name="政策礼包").click()
    expect(page.locator("main")).to_contain_text("1 份您还没有看")
    page.get_by_role("link", name="最低生活保障").click()
    expect(page.locator("main")).to_contain_text("家里有人住院，可以随时申请。")
    page.get_by_role("button", name="第 1 版已阅，记入签收").click()
    expect(page.locator("aside")).to_contain_text("您已阅")

    page = sign_in("supervisor")
    page.goto(f"{live_server.url}/policy-packages/min_living/receipts/")
    row = page.get_by_role("row", name="fuyun").first
    expect(row).to_contain_text("1 / 5 人已阅")

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("link", name="看有哪些救助").click()
    page.get_by_role("link", name="最低生活保障").click()
    expect(page.locator("#conditions")).to_contain_text("低于 1,100 元/月")
    expect(page.locator("#contacts")).to_contain_text("0578-5121234")
