"""The auditor at the screen: who looked at this household, exported for a purpose, what changed."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from households.models import Household
from permissions.models import AccessRecord, OrgUnit, Role, RoleAssignment, User
from tests.factories.county import County
from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def auditor(county: County) -> User:
    unit = OrgUnit.objects.create(code="audit", name="审计局", kind="department")
    user = User.objects.create(username="auditor", name="审计员")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    RoleAssignment.objects.create(user=user, org_unit=unit, role=Role.AUDITOR)
    return user


def test_an_auditor_finds_who_looked_exports_it_and_sees_what_changed(
    sign_in, live_server, household: Household, auditor: User, tmp_path: Path
):
    screen: Page = sign_in("window.fuyun")
    screen.goto(f"{live_server.url}/households/{household.household_no}/")
    Household.objects.filter(pk=household.pk).update(address="新址 9 号", bank_account=b"sealed")

    screen = sign_in("auditor")
    screen.get_by_role("link", name="查阅日志").click()
    screen.get_by_label("看了谁").fill(household.household_no)
    screen.get_by_role("button", name="查日志").click()
    expect(screen.locator("tbody tr")).to_have_count(1)
    expect(screen.locator("tbody")).to_contain_text("窗口人员")

    screen.get_by_label("用途").fill("季度抽查")
    with screen.expect_download() as download:
        screen.get_by_role("button", name="导出为 CSV 表格").click()
    path = tmp_path / "log.csv"
    download.value.save_as(path)
    assert household.household_no in path.read_text("utf-8-sig")
    assert AccessRecord.objects.get(kind="export").purpose == "季度抽查"

    screen.get_by_role("link", name="变更历史").click()
    screen.get_by_label("编号或用户名").fill(household.household_no)
    screen.get_by_role("button", name="查变更").click()
    expect(screen.locator("tbody")).to_contain_text("新址 9 号")
    expect(screen.locator("tbody")).to_contain_text("银行账号 已变更")
    expect(screen.locator("tbody")).not_to_contain_text("sealed")


def test_an_identity_number_never_reaches_the_address(sign_in, live_server, auditor: User):
    screen: Page = sign_in("auditor")
    screen.goto(f"{live_server.url}/access-log/")

    screen.get_by_label("看了谁").fill("331125196503120019")
    screen.get_by_role("button", name="查日志").click()

    assert "331125" not in screen.url
    assert screen.locator("#id_whom:invalid").count() == 1
