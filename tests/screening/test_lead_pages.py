"""Pages of leads: who sees which, the way from taking to an end, reports, rules."""

import pytest

from cases.models import Case
from common import clock
from households.models import Person
from screening.models import Lead
from screening.services import leads
from tests.factories.county import id_number
from tests.factories.policies import make_curator
from tests.factories.screened import make_screened
from tests.screening.browsing import client, queries, send, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def screened(county, tmp_path):
    return make_screened(tmp_path)


def of(person_no: str) -> Lead:
    return Lead.objects.get(person__memberships__person_no=person_no)


def page_of(lead: Lead) -> str:
    return f"/leads/{lead.pk}/"


def visited(county, lead: Lead) -> Lead:
    return leads.record_visit(actor=county["visit.fuyun"], lead_id=lead.pk, note="在家")


def test_the_list_shows_the_nearest_limit_first_with_its_light(county):
    late, other = of("P2"), of("P1")
    Lead.objects.filter(pk=late.pk).update(take_by=clock.midnight(clock.today()))

    shown = text(county["town.fuyun"], "/leads/")

    assert shown.index(page_of(late)) < shown.index(page_of(other))
    assert "超期 1 天" in shown
    assert '<span class="light green">剩 2 天</span>' in shown
    assert "低保家庭有大学生，没有享受教育救助。" in shown
    assert "332***********0015" in shown
    assert Person.objects.get(pk=other.person_id).open_id_number() not in shown
    assert "待接收 <b>2</b>" in shown


def test_each_view_has_its_leads_and_an_empty_one_says_what_comes(county):
    leads.take(actor=county["town.fuyun"], lead_id=of("P1").pk)

    assert page_of(of("P1")) in text(county["town.fuyun"], "/leads/?view=taken")
    assert page_of(of("P1")) not in text(county["town.fuyun"], "/leads/?view=open")
    assert "没有紧急线索" in text(county["town.fuyun"], "/leads/?view=urgent")
    assert page_of(of("P1")) in text(county["town.fuyun"], "/leads/?view=nonsense")


def test_another_township_sees_nothing_and_a_department_only_what_it_reported(county):
    address = page_of(of("P1"))

    assert "现在没有线索" in text(county["town.wuxi"], "/leads/")
    text(county["town.wuxi"], address, status=404)
    text(county["dept.edu.handler"], address, status=404)
    assert client(county["town.wuxi"]).post(f"{address}take/").status_code == 404
    mine = leads.report(
        actor=county["dept.edu.handler"], channel="school", text="缺课", name="某",
        division="331125001001",
    )  # fmt: skip
    assert page_of(mine) in text(county["dept.edu.handler"], "/leads/")
    assert "由乡镇（街道）走访" in text(county["dept.edu.handler"], page_of(mine))


def test_a_lead_tells_what_the_rule_saw_and_where_to_read_of_the_matter(county):
    shown = text(county["town.fuyun"], page_of(of("P1")))

    assert "浙江省社会救助条例第五十四条" in shown
    assert "就学阶段" in shown
    assert "大学" in shown
    assert "系统比对" in shown
    assert 'href="/policies/education_aid/"' in shown
    assert "接收并安排走访" in shown
    assert "记录走访情况" not in shown


def test_a_helper_sees_whom_to_visit_and_not_what_they_earn(county):
    leads.report(
        actor=county["visit.fuyun"], channel="grid", text="病了", name="某", division="331125001001"
    )
    shown = text(county["visit.fuyun"], page_of(of("P2")))

    assert "自付医疗费较大" in shown
    assert "40000" not in shown
    assert "由乡镇（街道）经办人查看" in shown
    assert "40000" in text(county["town.fuyun"], page_of(of("P2")))


def test_from_taking_to_a_case(county):
    officer, address = county["town.fuyun"], page_of(of("P1"))

    assert "记录走访情况" in send(officer, f"{address}take/")
    assert "立案并送部门办理" in send(officer, f"{address}visit/", note="家中困难")
    shown = send(
        officer, f"{address}resolve/", decision="case_opened", reason="符合",
        matters=["education_aid"], consent="1",
    )  # fmt: skip

    case = Case.objects.get()
    assert case.number in shown
    assert f'href="/cases/{case.pk}/"' in shown
    assert page_of(of("P1")) in text(officer, "/leads/?view=closed")


def test_what_is_wrong_is_linked_to_its_field_and_what_was_typed_is_kept(county):
    officer, lead = county["town.fuyun"], visited(county, of("P1"))
    address = f"{page_of(lead)}resolve/"

    unsigned = send(officer, address, 422, decision="case_opened", reason="符合条件",
                    matters=["medical_aid"])  # fmt: skip
    empty = send(officer, f"{page_of(lead)}visit/", 422, note=" ")
    nothing = send(officer, address, 422, decision="charity", reason="")

    assert 'href="#id_case_opened_consent"' in unsigned
    assert "符合条件</textarea>" in unsigned
    assert 'value="medical_aid" checked' in " ".join(unsigned.split())
    assert 'href="#id_visit_note"' in empty
    assert 'href="#id_charity_reason"' in nothing
    assert not Case.objects.exists()


def test_other_ends_have_their_reason(county):
    lead = visited(county, of("P2"))
    helper = county["visit.fuyun"]

    shown = text(helper, page_of(lead))
    done = send(helper, f"{page_of(lead)}resolve/", decision="policy_explained", reason="暂不申请")
    again = send(helper, f"{page_of(lead)}resolve/", 409, decision="charity", reason="转")

    assert "要立案的，请交由乡镇（街道）经办人办理" in shown
    assert "立案并送部门办理" not in shown
    assert "线索已办结：已讲解政策" in done
    assert "暂不申请" in done
    assert "已经办结" in again


def test_who_only_looks_on_may_do_nothing(county):
    lead = of("P1")

    shown = text(county["supervisor"], page_of(lead))

    assert "您在这里看进展" in shown
    send(county["supervisor"], f"{page_of(lead)}take/", 403)
    send(county["window.fuyun"], f"{page_of(lead)}resolve/", 403, decision="dismissed", reason="x")
    assert of("P1").status == "open"


def test_a_report_with_or_without_a_number(county):
    helper = county["visit.fuyun"]
    call = {"channel": "grid", "text": "独居老人摔伤", "urgency": "urgent"}

    form = text(helper, "/leads/report/")
    nameless = send(helper, "/leads/report/", 422, **call, division="331125001001")
    named = send(helper, "/leads/report/", **call, name="某人甲", division="331125001001")
    numbered = send(helper, "/leads/report/", **call, id_number=id_number(9), name="乙",
                    division="331125001001")  # fmt: skip

    assert "中山社区" in form
    assert "雾溪" not in form
    assert 'href="#id_name"' in nameless
    assert "独居老人摔伤</textarea>" in nameless
    assert "线索已上报，送fuyun接收走访" in named
    assert "剩 24 小时" in named
    assert id_number(9) not in numbered
    text(county["dept.civil.approver"], "/leads/report/", status=403)


def test_somebody_nobody_knew_by_number_becomes_an_applicant(county):
    lead = leads.report(
        actor=county["visit.fuyun"], channel="neighbour", text="外来务工人员生病", name="某人甲",
        division="331125001001",
    )  # fmt: skip
    visited(county, lead)
    call = {"decision": "case_opened", "reason": "属实", "matters": ["temporary_aid"]}
    address = f"{page_of(lead)}resolve/"

    wrong = send(county["town.fuyun"], address, 422, **call, consent="1", id_number="1", name="李")
    done = send(county["town.fuyun"], address, **call, consent="1", id_number=id_number(77),
                name="李")  # fmt: skip

    assert 'href="#id_case_opened_id_number"' in wrong
    assert 'value="李"' in wrong
    assert Case.objects.get().number in done


def test_overseers_see_how_right_each_rule_is_in_its_own_words(county):
    visited(county, of("P2"))
    leads.resolve(
        actor=county["town.fuyun"], lead_id=of("P2").pk, decision="charity", reason="转慈善"
    )

    shown = text(county["supervisor"], "/leads/rules/")

    assert "低保家庭有大学生，没有享受教育救助</td>" in shown
    assert "100 %" in shown
    assert "100 %" in text(make_curator(), "/leads/rules/")
    text(county["town.fuyun"], "/leads/rules/", status=403)


def test_an_english_reader_gets_the_tables_own_english(county):
    officer = county["town.fuyun"]
    officer.language = "en"
    officer.save()
    browser = client(officer)
    browser.cookies["django_language"] = "en"

    shown = browser.get(page_of(of("P1"))).content.decode()

    assert "A university student of a household on the minimum living allowance" in shown


def test_the_number_of_queries_does_not_grow(county):
    officer = county["town.fuyun"]
    addresses = ["/leads/", page_of(of("P1")), "/leads/report/"]
    before = [queries(officer, address) for address in addresses]
    overseen = queries(county["supervisor"], "/leads/rules/")

    for n in range(4):
        leads.report(
            actor=officer, channel="grid", text="病了", name=f"某{n}", division="331125001001"
        )

    assert [queries(officer, address) for address in addresses] == before
    assert queries(county["supervisor"], "/leads/rules/") == overseen
    assert max(before) <= 14, before
