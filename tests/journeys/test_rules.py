"""Two curators: one tries a change and sees whom it affects, the other publishes it."""

from datetime import timedelta

from playwright.sync_api import expect

from common import clock
from permissions.models import User
from tests.journeys.conftest import PASSWORD
from tests.screening.changes import min_living
from tests.screening.conftest import curators, standards

__all__ = ["curators", "standards"]


def with_passwords(users: tuple[User, User]) -> None:
    for user in users:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])


def test_one_tries_another_publishes(
    curators,
    standards,
    sign_in,
    live_server,
    run_jobs,
):
    with_passwords(curators)
    page = sign_in("curator")
    page.get_by_role("link", name="规则").click()
    page.get_by_label("低保标准（元/月）").fill("1200")
    page.fill("#id_source", "云政发〔2026〕12号第二条")
    page.get_by_role("button", name="看看会影响谁").first.click()
    expect(page.locator("main")).to_contain_text("正在对全县逐人试算")
    run_jobs()

    figures = page.locator(".figures")  # it comes by itself
    expect(figures).to_contain_text("+250.00")
    expect(figures).to_contain_text("+3,000.00")
    expect(page.locator("main")).to_contain_text("这项修改由您试算")
    expect(page.get_by_role("button", name="发布")).to_have_count(0)
    address = page.url

    page = sign_in("curator2")
    page.goto(address)
    day = clock.today() + timedelta(days=40)
    page.fill("#id_starts_on", str(day))
    page.get_by_role("button", name="发布，从这一天起按新规则办").click()
    expect(page.locator(".notice")).to_contain_text("已发布")

    page.goto(f"{live_server.url}/rules/")
    expect(page.locator("main")).to_contain_text("起改为 1,200")


def test_an_unsound_table_is_named_by_its_cell_and_what_was_typed_is_kept(
    curators,
    sign_in,
    live_server,
    tmp_path,
):
    with_passwords(curators)
    page = sign_in("curator")
    page.goto(f"{live_server.url}/rules/")
    file = tmp_path / "eligibility.dmn"
    file.write_text(min_living("(S - pci) * members", "(S - shoes) * members"))

    page.get_by_text("改一张决策表").click()
    page.select_option("#id_table", "min_living")
    page.set_input_files("#id_file", file)
    page.get_by_label("低保标准（元/月）").fill("1200")
    page.get_by_role("button", name="看看会影响谁").first.click()

    expect(page.locator(".summary")).to_contain_text("grant_out_amount")
    expect(page.locator("#id_table")).to_have_value("min_living")
    expect(page.get_by_label("低保标准（元/月）")).to_have_value("1200")


def test_rules_are_for_curators(sign_in, live_server):
    page = sign_in("supervisor")

    answer = page.goto(f"{live_server.url}/rules/")

    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("link", name="规则")).to_have_count(0)
