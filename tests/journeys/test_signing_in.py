"""A day of signing in: wrong thrice, locked, unlocked, changed, a phone, another session ended."""

import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, expect

from permissions.models import Authenticator, OrgUnit, Role, RoleAssignment, User

PASSWORD, CHOSEN = "Sunny-Window-7", "Quiet-River-81"


@pytest.fixture
def office(transactional_db, settings) -> None:
    """Two people of an installation that is no sample."""
    settings.LIANBAN_SAMPLE = False
    settings.LIANBAN_SECOND_FACTOR_ROLES = ["supervisor"]
    settings.AXES_FAILURE_LIMIT = 3
    unit = OrgUnit.objects.create(code="civil", name="民政局", kind="department")
    for username, name, role in (
        ("li", "李督办", Role.SUPERVISOR),
        ("an", "安管员", Role.SECURITY_ADMIN),
    ):
        password, at = make_password(PASSWORD), timezone.now()
        user = User.objects.create(
            username=username, name=name, password=password, password_set_at=at
        )
        RoleAssignment.objects.create(user=user, org_unit=unit, role=role)


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Page]:
    """A second browser, of somebody else or in another place."""
    context = browser.new_context(locale="zh-CN")
    yield context.new_page()
    context.close()


def sign_in(page: Page, url: str, username: str, password: str = PASSWORD) -> None:
    page.goto(f"{url}/sign-in/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click("main button")


def shown(*, steps: int = 0) -> str:
    """What the phone shows."""
    code = TOTP(Authenticator.objects.get().bin_key)
    code.time = time.time() + steps * 30
    return f"{code.token():06d}"


def test_a_day(office, page, elsewhere, live_server):
    url = live_server.url

    for _n in range(2):
        sign_in(page, url, "li", "guess")
        expect(page.locator(".summary")).to_contain_text("用户名或口令不对")
    sign_in(page, url, "li", "guess")
    expect(page.locator("h1")).to_have_text("已暂时锁定")
    sign_in(page, url, "li")
    expect(page.locator("h1")).to_have_text("已暂时锁定")

    sign_in(elsewhere, url, "an")
    elsewhere.get_by_role("link", name="李督办").click()
    elsewhere.get_by_role("button", name="解除锁定").click()
    expect(elsewhere.locator(".notice")).to_contain_text("已解除锁定")
    elsewhere.on("dialog", lambda dialog: dialog.accept())
    elsewhere.get_by_role("button", name="发放新口令").click()
    issued = elsewhere.locator("#issued").inner_text()

    sign_in(page, url, "li", issued)
    expect(page.locator("h1")).to_have_text("修改口令")
    expect(page.locator("nav")).to_have_count(0)  # nothing else is open yet
    page.fill("#id_current", issued)
    page.fill("#id_new", "short")
    page.fill("#id_again", "short")
    page.click("main button")
    expect(page.locator(".summary")).to_contain_text("口令至少 10 个字符")
    page.fill("#id_current", issued)
    page.fill("#id_new", CHOSEN)
    page.fill("#id_again", CHOSEN)
    page.click("main button")

    expect(page.locator("h1")).to_have_text("绑定动态口令")
    expect(page.locator("img.qr")).to_be_visible()
    page.fill("#id_code", shown())
    page.click("main button")
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="已收好").click()
    expect(page.locator("nav")).to_be_visible()

    elsewhere.get_by_text("安管员").click()
    elsewhere.get_by_role("button", name="退出登录").click()
    sign_in(elsewhere, url, "li", CHOSEN)
    expect(elsewhere.locator("h1")).to_have_text("还有一步：动态口令")
    elsewhere.fill("#id_code", shown(steps=1))
    elsewhere.click("main button")
    expect(elsewhere.locator("nav")).to_be_visible()

    page.goto(f"{url}/sessions/")
    expect(page.locator("table").first.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="结束这个登录").click()
    expect(page.locator(".notice")).to_contain_text("已结束")
    expect(page.locator("table").first.locator("tbody tr")).to_have_count(1)
    elsewhere.goto(f"{url}/sessions/")
    expect(elsewhere.locator("h1")).to_have_text("登录联办")
