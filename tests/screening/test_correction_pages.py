"""Pages of stops: a department's approver decides, everybody else looks on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common import clock
from households import steps as households
from households.models import Benefit
from screening.models import Correction, Finding
from screening.services import findings
from tests.factories.screened import make_screened
from tests.screening.browsing import queries, send, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(county, tmp_path) -> Correction:
    """A stop that the township asked for."""
    make_screened(tmp_path)
    found = Finding.objects.get(rule="child_disabled_living")
    findings.resolve(
        actor=county["town.fuyun"], finding_id=found.pk, decision="confirmed", reason="领两份"
    )
    return Correction.objects.get()


def test_a_finding_confirmed_again_asks_once(county, asked):
    for decision in ("dismissed", "confirmed"):
        findings.resolve(
            actor=county["town.fuyun"], finding_id=asked.finding_id, decision=decision, reason="x"
        )

    assert Correction.objects.get() == asked


def page_of(row: Correction) -> str:
    return f"/corrections/{row.pk}/"


def test_the_list_by_status_with_the_limit(county, asked):
    approver = county["dept.civil.approver"]

    shown = text(approver, "/corrections/")

    assert page_of(asked) in shown
    assert "剩 10 天" in shown
    assert "待核定 <b>1</b>" in shown
    assert "这里还没有" in text(approver, "/corrections/?view=stopped")


def test_other_departments_do_not_see_it(county, asked):
    assert "没有待核定的停发" in text(county["dept.edu.approver"], "/corrections/")
    text(county["dept.edu.approver"], page_of(asked), status=404)
    send(county["dept.edu.approver"], page_of(asked), 404, decision="keep", keep_reason="x")


def test_what_was_paid_is_counted_and_nothing_changes(county, asked):
    aid = Benefit.objects.get(matter="disabled_living")
    day = clock.today() - timedelta(days=30)
    households.record_payment(
        benefit=aid, source_ref="p1", paid_on=day + timedelta(days=3), amount_yuan=Decimal(330)
    )

    shown = send(
        county["dept.civil.approver"], page_of(asked), decision="count", ends_on=str(day),
        benefit=aid.pk, reason="重复享受",
    )  # fmt: skip

    assert "已发 330 元" in shown
    assert "重复享受</textarea>" in shown
    assert f'value="{aid.pk}" checked' in " ".join(shown.split())
    assert Correction.objects.get().status == "open"


def test_a_stop_with_its_mistakes_and_its_end(county, asked):
    approver, address = county["dept.civil.approver"], page_of(asked)
    aid = Benefit.objects.get(matter="disabled_living")
    call = {"decision": "stop", "reason": "重复享受", "benefit": aid.pk}

    unchosen = send(approver, address, 422, **call | {"benefit": ""})
    early = send(approver, address, 422, **call, ends_on="2020-01-01")
    no_day = send(approver, address, 422, **call, ends_on="x")
    too_much = send(approver, address, 422, **call, recover="1")
    no_reason = send(approver, address, 422, **call | {"reason": ""})
    done = send(approver, address, **call)

    assert 'href="#id_benefit"' in unchosen
    assert 'href="#id_ends_on"' in early
    assert 'href="#id_ends_on"' in no_day
    assert 'href="#id_recover"' in too_much
    assert 'href="#id_reason"' in no_reason
    assert "已停发，幸福清单已更新" in done
    assert "重复享受" in done
    aid.refresh_from_db()
    assert aid.ends_on == clock.today()


def test_going_on_needs_a_reason_of_its_own(county, asked):
    approver, address = county["dept.civil.approver"], page_of(asked)

    wrong = send(approver, address, 422, decision="keep", reason="写错地方")
    done = send(approver, address, decision="keep", keep_reason="监护人代领，不重复")

    assert 'href="#id_keep_reason"' in wrong
    assert "继续发放" in done
    assert "监护人代领，不重复" in done
    assert not Benefit.objects.exclude(ends_on=None).exists()


def test_who_may_not_decide_is_told_why(county, asked):
    address = page_of(asked)

    for who in ("supervisor", "town.fuyun", "dept.civil.handler"):
        assert "civil的审批人员决定" in text(county[who], address)
        send(county[who], address, 403, decision="keep", keep_reason="x")
    Correction.objects.update(opened_by=county["dept.civil.approver2"])
    own = text(county["dept.civil.approver2"], address)
    refused = send(county["dept.civil.approver2"], address, 403, decision="keep", keep_reason="x")

    assert "核实的人不能再核定停发" in own
    assert "须由另一位同事办理" in refused
    assert "继续发放，说明理由" not in own


def test_the_number_of_queries_is_known(county, asked):
    approver = county["dept.civil.approver"]

    assert queries(approver, "/corrections/") <= 9
    assert queries(approver, page_of(asked)) <= 14
