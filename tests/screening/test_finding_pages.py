"""Pages of findings: by kind, one with its evidence, and what a confirmation begins."""

import pytest

from cases.models import Case
from households.models import Benefit
from screening.models import Correction, Finding
from tests.factories.screened import make_screened
from tests.screening.browsing import client, queries, send, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def screened(county, tmp_path):
    return make_screened(tmp_path)


def of(rule: str) -> Finding:
    return Finding.objects.get(rule=rule)


def page_of(rule: str) -> str:
    return f"/findings/{of(rule).pk}/"


def test_the_list_is_narrowed_by_kind_matter_and_status(county):
    officer = county["town.fuyun"]

    whole = text(officer, "/findings/")
    twice = text(officer, "/findings/?kind=duplicate")
    cared = text(officer, "/findings/?matter=disabled_care")

    assert "应享未享 <b>2</b>" in whole
    assert "重复享受 <b>1</b>" in whole
    assert "330.00" in whole
    assert "不会自动停发任何待遇" in whole
    assert page_of("child_disabled_living") in twice
    assert page_of("missing_disabled_living") not in twice
    assert "无法判断，缺少：残疾等级" in cared
    assert page_of("child_disabled_living") not in cared
    assert "没有这样的结果" in text(officer, "/findings/?status=dismissed")


def test_another_township_does_not_see_them(county):
    assert "没有待核实的结果" in text(county["town.wuxi"], "/findings/")
    text(county["town.wuxi"], page_of("missing_disabled_living"), status=404)
    text(county["dept.civil.approver"], page_of("missing_disabled_living"), status=404)
    answer = client(county["town.wuxi"]).post(f"{page_of('missing_disabled_living')}resolve/")
    assert answer.status_code == 404


def test_evidence_shows_facts_article_and_aid(county):
    shown = text(county["town.fuyun"], page_of("child_disabled_living"))

    assert "国发〔2015〕52号" in shown
    assert "正在享受困难残疾人生活补贴" in shown
    assert "行 child_disabled_living" in shown
    assert shown.count("本条涉及") == 2
    assert "330 元/月" in shown
    assert "属实，提请civil核定停发" in shown
    assert "停不停，由主管部门另行核定" in shown


def test_a_confirmation_says_beforehand_what_it_begins_and_begins_it(county):
    officer, supervisor = county["town.fuyun"], county["supervisor"]
    missed, twice = page_of("missing_disabled_living"), page_of("child_disabled_living")
    unknown = page_of("missing_disabled_care")

    assert "属实，立案并送部门办理" in text(officer, missed)
    assert "属实，转乡镇（街道）走访" in text(supervisor, missed)
    opened = send(officer, f"{missed}resolve/", decision="confirmed", reason="持证，未领")
    asked = send(officer, f"{twice}resolve/", decision="confirmed", reason="确实领两份")
    sent = send(officer, f"{unknown}resolve/", decision="confirmed", reason="要上门看")

    assert Case.objects.get().number in opened
    assert "已提请civil核定" in asked
    assert f'href="/corrections/{Correction.objects.get().pk}/"' in asked
    assert f'href="/leads/{of("missing_disabled_care").lead_id}/"' in sent
    assert not Benefit.objects.exclude(ends_on=None).exists()


def test_a_dismissal_needs_a_reason_and_keeps_it(county):
    address = f"{page_of('missing_disabled_living')}resolve/"

    wrong = send(county["town.fuyun"], address, 422, decision="dismissed", reason=" ")
    done = send(county["town.fuyun"], address, decision="dismissed", reason="证已注销")

    assert 'href="#id_dismissed_reason"' in wrong
    assert "情况不变就不再提示" in done
    assert "证已注销" in done
    assert page_of("missing_disabled_living") in text(
        county["town.fuyun"], "/findings/?status=dismissed"
    )


def test_who_sees_and_may_not_say(county):
    clerk, address = county["window.fuyun"], page_of("missing_disabled_living")

    assert "由乡镇（街道）或督办人员核实" in text(clerk, address)
    send(clerk, f"{address}resolve/", 403, decision="dismissed", reason="x")
    assert of("missing_disabled_living").status == "open"


def test_the_number_of_queries_does_not_grow(county):
    officer = county["town.fuyun"]
    address = page_of("child_disabled_living")
    one = queries(officer, "/findings/?kind=duplicate"), queries(officer, address)

    many = queries(officer, "/findings/"), queries(officer, address)

    assert one == many
    assert max(many) <= 14, many
