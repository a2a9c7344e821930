"""Pages of the policy packages: for everyone, for staff, for editors."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from permissions.models import User
from screening.models import Policy, PolicyReading
from screening.services import policies
from tests.factories.policies import make_curator, publish, set_standard

pytestmark = pytest.mark.django_db(transaction=True)
PACKAGE = "/policy-packages/min_living/"
EDIT = f"{PACKAGE}edit/"
RECEIPTS = f"{PACKAGE}receipts/"


@pytest.fixture
def curator(county) -> User:
    return make_curator()


def client(user: User | None) -> Client:
    found = Client()
    if user is not None:
        found.force_login(user)
    return found


def text(user: User | None, address: str, status: int = 200) -> str:
    answer = client(user).get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def queries(user: User | None, address: str) -> int:
    browser = client(user)
    browser.get(address)  # what a machine process keeps is read by the first visit
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(address).status_code == 200
    return len(caught)


def test_everybody_reads_every_matter_without_signing_in(county):
    listed = text(None, "/policies/")

    addresses = re.findall(r'href="(/policies/\w+/)"', listed)
    assert len(addresses) == 14
    for address in addresses:
        assert "什么情况可以享受" in text(None, address)
    assert "低于 1,100 元/月" in text(None, "/policies/min_living/")
    assert "没有找到" in text(None, "/policies/shared/", status=404)


def test_the_public_sees_an_addition_from_its_first_day_and_not_before(curator, monkeypatch):
    today = clock.today()
    publish(curator, notes="第一次写的")
    publish(curator, based_on=1, notes="还没到日子", starts_on=today + timedelta(days=1))

    before = text(None, "/policies/min_living/")
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=1))
    after = text(None, "/policies/min_living/")

    assert "第一次写的" in before
    assert "还没到日子" not in before
    assert "还没到日子" in after
    assert "第一次写的" not in after


def test_the_public_page_follows_the_rules_whatever_was_published(curator, tmp_path):
    publish(curator)

    set_standard(tmp_path, 1200, since=clock.today())

    shown = text(None, "/policies/min_living/")
    assert "低于 1,200 元/月" in shown
    assert "1,100" not in shown


def test_what_an_editor_types_is_text_and_no_markup(curator):
    publish(curator, notes="<script>alert(1)</script>")

    shown = text(None, "/policies/min_living/")

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_staff_see_a_version_ahead_of_its_day_and_sign_for_it(county, curator):
    publish(curator, notes="下月起", starts_on=clock.today() + timedelta(days=30))
    reader = county["visit.fuyun"]

    assert "1 份您还没有看" in text(reader, "/policy-packages/")
    assert "下月起" in text(reader, PACKAGE)
    answer = client(reader).post(f"{PACKAGE}read/", {"version": "1"}, follow=True)

    assert "您已阅第 1 版" in answer.content.decode()
    assert "已发布的您都看过了" in text(reader, "/policy-packages/")


def test_signing_for_an_overtaken_version_is_refused(county, curator):
    publish(curator)
    publish(curator, based_on=1, notes="新的")

    answer = client(county["visit.fuyun"]).post(f"{PACKAGE}read/", {"version": "1"})

    assert answer.status_code == 409
    assert "已有更新的一版" in answer.content.decode()
    assert not PolicyReading.objects.exclude(user=curator).exists()


@pytest.mark.parametrize("who", ["visit.fuyun", "dept.civil.approver", "supervisor"])
def test_nobody_but_an_editor_edits(county, curator, who):
    form = {"based_on": "0", "notes": "我写的", "starts_on": str(clock.today())}

    assert client(county[who]).post(EDIT, form).status_code == 403
    assert client(county[who]).get(EDIT).status_code == 403
    assert client(None).post(EDIT, form)["Location"].startswith("/sign-in/")
    assert "发布新版" not in text(county[who], PACKAGE)
    assert not Policy.objects.exists()


def test_an_editor_publishes_and_mistakes_keep_what_was_typed(curator):
    form = {"based_on": "0", "notes": "可以随时申请", "contacts": "0578", "starts_on": "2020-02-30"}

    wrong = client(curator).post(EDIT, form)
    right = client(curator).post(EDIT, form | {"starts_on": str(clock.today())}, follow=True)

    assert wrong.status_code == 422
    assert "日期有误" in wrong.content.decode()
    assert "可以随时申请</textarea>" in wrong.content.decode()
    assert "第 1 版已发布" in right.content.decode()
    assert Policy.objects.get().contacts == "0578"


def test_who_was_overtaken_sees_both_texts(curator):
    publish(curator, notes="同事写的")
    form = {"based_on": "0", "notes": "我写的", "starts_on": str(clock.today())}

    answer = client(curator).post(EDIT, form)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "同事写的" in page
    assert "我写的</textarea>" in page
    assert re.search(r'name="based_on"\s+value="1"', page)


def test_editors_are_told_that_the_catalogue_changed(county, curator, tmp_path):
    publish(curator)

    set_standard(tmp_path, 1200, since=clock.today())

    assert "第 1 版发布后，办理规则有变化" in text(curator, PACKAGE)
    assert "低保标准（元/月）：1,200" in text(curator, EDIT).split("现在是")[1]
    assert "发布后有变化" in text(curator, "/policy-packages/")
    assert "办理规则有变化" not in text(county["visit.fuyun"], PACKAGE)
    assert "1,100 元/月" in text(county["visit.fuyun"], f"{PACKAGE}versions/1/")


def test_receipts_are_for_overseers(county, curator):
    publish(curator)
    policies.mark_read(actor=county["town.fuyun"], code="min_living", version=1)

    for who in (curator, county["supervisor"]):
        assert "18 个单位中 1 个有人已阅" in text(who, RECEIPTS)
    assert client(county["town.fuyun"]).get(RECEIPTS).status_code == 403
    assert "谁已阅" not in text(county["town.fuyun"], PACKAGE)


def test_a_package_not_yet_published_says_what_comes_next(county, curator):
    assert "平台管理员发布后请您签收" in text(county["visit.fuyun"], PACKAGE)
    assert "平台管理员发布第 1 版以后" in text(curator, RECEIPTS)
    assert "没有找到" in text(curator, f"{PACKAGE}versions/1/", status=404)


def test_the_number_of_queries_does_not_grow(county, curator):
    pages = {
        **dict.fromkeys(("/policies/", "/policies/min_living/")),
        **dict.fromkeys(("/policy-packages/", PACKAGE, EDIT), curator),
    }
    publish(curator)
    before = {address: queries(who, address) for address, who in pages.items()}
    before[RECEIPTS] = queries(curator, RECEIPTS)

    for code in ("medical_aid", "education_aid", "disaster_aid"):
        publish(curator, code=code)
    publish(curator, based_on=1, notes="新的")
    for who in ("town.fuyun", "town.wuxi", "dept.civil.handler"):
        policies.mark_read(actor=county[who], code="min_living", version=2)

    pages[RECEIPTS] = curator
    assert {address: queries(who, address) for address, who in pages.items()} == before
    assert max(before.values()) <= 12, before
