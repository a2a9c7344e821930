"""Leads: rules and people notice somebody, the township visits, something comes of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from cases.models import Case
from common import clock
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.models import Event
from households.models import Person
from screening import county as whole
from screening.jobs import run_nightly
from screening.models import Lead, LeadSource
from screening.services import leads, sweeps
from screening.services.discovery import discover
from tests.api.client import Api
from tests.exchange.conftest import id_number, run
from tests.jobs import run_waiting
from tests.screening.planted import POOR, Register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def register(county, tmp_path: Path) -> Register:
    """A student on the minimum living allowance, a household poor by illness, and a sound one."""
    found = Register()
    found.add(POOR, born="20050101", school_stage="university")
    found.add(medical_own_cost_year="40000.00")
    found.add()
    assert run(*found.write(tmp_path))[0] == 0
    return found


def night() -> dict[str, int]:
    return discover(hits=list(whole.screen(on=clock.today(), tables=[whole.LEADS])))


def of(person_no: str) -> Lead:
    return Lead.objects.get(person__memberships__person_no=person_no)


def visited(county, lead: Lead) -> Lead:
    leads.take(actor=county["visit.fuyun"], lead_id=lead.pk)
    return leads.record_visit(actor=county["visit.fuyun"], lead_id=lead.pk, note="在家，情况属实")


def test_the_two_named_crossings_make_leads_for_the_township_with_their_limits(county, register):
    run_nightly.func(timestamp=0)

    student, ill = of("P1"), of("P2")
    assert Lead.objects.count() == 2
    assert (student.rule, student.matter) == ("student_without_aid", "education_aid")
    assert (ill.rule, ill.matter, ill.other_matter) == (
        "large_medical_cost", "expenditure_hardship", "medical_aid",
    )  # fmt: skip
    assert student.facts["school_stage"] == "university"
    assert (student.table, student.row) == ("rules/leads", "student_without_aid")
    assert student.township.code == "fuyun"
    assert student.opened_at < student.take_by < student.visit_by
    assert student.sources.get().channel == "system"
    assert Event.objects.filter(name="lead.opened").count() == 2


def test_what_was_a_lead_within_ninety_days_is_none_again(county, register):
    night()
    lead = of("P1")
    leads.resolve(
        actor=county["town.fuyun"], lead_id=lead.pk, decision="dismissed", reason="已毕业"
    )

    soon = night()
    Lead.objects.filter(pk=lead.pk).update(closed_at=clock.now() - timedelta(days=91))
    later = night()

    assert (soon["opened"], later["opened"]) == (0, 1)


def test_a_lead_whose_cause_went_before_anybody_came_closes_by_itself(county, register):
    night()
    kept = of("P2")
    leads.take(actor=county["town.fuyun"], lead_id=kept.pk)
    Person.objects.update(school_stage="none", medical_own_cost_year=0)

    done = night()

    assert done == {"opened": 0, "closed": 1}
    gone = of("P1")
    assert (gone.status, gone.result) == ("closed", "moot")
    assert of("P2").status == "taken"  # somebody is on the way
    [rule] = [r for r in leads.precision(county["supervisor"]) if r["rule"] == gone.rule]
    assert (rule["closed"], rule["precision"]) == (0, None)


def test_who_has_the_matter_under_way_is_no_lead(county, register):
    lead = None
    night()
    lead = visited(county, of("P1"))
    leads.resolve(
        actor=county["town.fuyun"],
        lead_id=lead.pk,
        decision="case_opened",
        reason="符合条件",
        consent=True,
    )
    Lead.objects.all().delete()

    assert night()["opened"] == 1  # the other household alone
    assert not Lead.objects.filter(rule="student_without_aid").exists()


def test_a_visit_opens_a_case_that_nobody_asked_for(county, register):
    night()
    lead = visited(county, of("P1"))

    done = leads.resolve(
        actor=county["town.fuyun"],
        lead_id=lead.pk,
        decision="case_opened",
        reason="家中困难，符合教育救助条件",
        consent=True,
    )

    case = done.case
    assert case is not None
    assert (case.channel, case.in_person_count) == ("proactive", 0)
    assert case.applicant == lead.person
    assert set(case.matters.values_list("code", flat=True)) == {"education_aid"}
    assert (done.status, done.result) == ("closed", "case_opened")
    told = Event.objects.get(name="lead.closed")
    assert (told.stream, told.data["result"]) == (case.stream, "case_opened")


def test_nothing_remains_of_a_case_that_cannot_be_opened(county, register):
    night()
    lead = visited(county, of("P1"))
    call = {"lead_id": lead.pk, "decision": "case_opened", "reason": "符合条件"}

    with pytest.raises(InputError) as no_consent:
        leads.resolve(actor=county["town.fuyun"], **call)
    with pytest.raises(DeniedError):  # helpers visit, officers open cases
        leads.resolve(actor=county["visit.fuyun"], consent=True, **call)
    with pytest.raises(InputError) as unknown:
        leads.resolve(actor=county["town.fuyun"], consent=True, matters=["nothing"], **call)
    leads.resolve(actor=county["town.fuyun"], consent=True, **call)
    with pytest.raises(ConflictError) as twice:
        leads.resolve(actor=county["town.fuyun"], consent=True, **call)

    assert (no_consent.value.code, unknown.value.code) == ("consent-missing", "unknown-matter")
    assert twice.value.code in {"already-done", "open-case-exists"}
    assert Case.objects.count() == 1


def test_an_end_without_a_visit_is_a_dismissal_with_its_reason(county, register):
    night()
    lead = of("P1")
    call = {"actor": county["town.fuyun"], "lead_id": lead.pk}

    with pytest.raises(InputError):
        leads.resolve(decision="policy_explained", reason="已讲解", **call)
    with pytest.raises(InputError):
        leads.resolve(decision="dismissed", reason=" ", **call)
    with pytest.raises(InputError):
        leads.resolve(decision="forgotten", reason="无", **call)
    done = leads.resolve(decision="dismissed", reason="已迁居外省", **call)

    assert (done.result, done.resolution) == ("dismissed", "已迁居外省")


def test_a_lead_is_taken_once_and_only_by_its_township(county, register):
    night()
    lead = of("P1")

    leads.take(actor=county["town.fuyun"], lead_id=lead.pk)
    again = leads.take(actor=county["town.fuyun"], lead_id=lead.pk)

    assert again.taken_by == county["town.fuyun"]
    with pytest.raises(ConflictError) as second:
        leads.take(actor=county["town2.fuyun"], lead_id=lead.pk)
    with pytest.raises(MissingError):
        leads.take(actor=county["town.wuxi"], lead_id=lead.pk)
    with pytest.raises(DeniedError):
        leads.take(actor=county["supervisor"], lead_id=lead.pk)
    assert second.value.code == "already-claimed"


def test_reports_about_one_person_are_one_lead(county, register):
    number = id_number(3, "19700101")
    call = {"channel": "grid", "text": "独居老人摔伤", "id_number": number, "urgency": "urgent"}

    first = leads.report(actor=county["visit.fuyun"], **call)
    second = leads.report(actor=county["window.fuyun"], **call | {"channel": "hotline"})

    assert first.pk == second.pk
    assert list(first.sources.values_list("channel", flat=True).order_by("pk")) == [
        "grid", "hotline",
    ]  # fmt: skip
    assert first.visit_by - first.opened_at == timedelta(hours=24)
    assert Event.objects.filter(name="lead.opened").count() == 1


def test_a_report_may_be_about_somebody_nobody_knows_by_number(county, register):
    call = {"actor": county["visit.fuyun"], "channel": "neighbour", "text": "外来务工人员生病"}
    with pytest.raises(InputError) as nameless:
        leads.report(division="331125001001", **call)
    with pytest.raises(InputError):
        leads.report(name="某人甲", division="999999999999", **call)

    lead = leads.report(name="某人甲", place="中山街 1 号", division="331125001001", **call)
    visited(county, lead)
    with pytest.raises(InputError) as numberless:
        leads.resolve(
            actor=county["town.fuyun"],
            lead_id=lead.pk,
            decision="case_opened",
            reason="属实",
            matters=["temporary_aid"],
            consent=True,
        )
    done = leads.resolve(
        actor=county["town.fuyun"],
        lead_id=lead.pk,
        decision="case_opened",
        reason="属实",
        matters=["temporary_aid"],
        consent=True,
        id_number=id_number(77, "19800101"),
    )

    assert nameless.value.code == "name-required"
    assert numberless.value.code == "invalid-id-number"
    assert done.case is not None
    assert done.case.applicant.name == "某人甲"


def test_precision_is_told_by_rule(county, register):
    night()
    leads.resolve(
        actor=county["town.fuyun"], lead_id=of("P1").pk, decision="dismissed", reason="已毕业"
    )
    ill = visited(county, of("P2"))
    leads.resolve(
        actor=county["town.fuyun"], lead_id=ill.pk, decision="charity", reason="转慈善总会"
    )

    found = {row["rule"]: row for row in leads.precision(county["supervisor"])}

    assert found["student_without_aid"]["precision"] == 0.0
    assert found["large_medical_cost"]["precision"] == 1.0
    assert found["large_medical_cost"]["charity"] == 1
    assert leads.precision(county["town.wuxi"]) == []


def test_a_change_of_facts_is_looked_at_at_once(county, register):
    from cases.services import lifecycle

    night()
    run_waiting()
    assert of("P1").status == "open"

    lifecycle.record_life_event(
        actor=county["town.fuyun"], person_no="P1", kind="moved", on=clock.today()
    )
    told = sweeps.sweep_changed()

    assert (of("P1").status, of("P1").result) == ("closed", "moot")
    assert told == 1
    assert sweeps.sweep_changed() == 0


def test_a_change_while_others_are_screened_is_left_for_the_next_time(
    county, register, monkeypatch
):
    from cases.services import lifecycle

    def moved(person_no: str) -> None:
        lifecycle.record_life_event(
            actor=county["town.fuyun"], person_no=person_no, kind="moved", on=clock.today()
        )

    monkeypatch.setattr(sweeps, "BATCH", 1)
    screened, real = [], sweeps.sweep

    def meanwhile(*, person_ids: list[int]) -> dict[str, int]:
        screened.append(person_ids)
        if len(screened) == 1:
            moved("P2")
        return real(person_ids=person_ids)

    monkeypatch.setattr(sweeps, "sweep", meanwhile)
    moved("P1")

    assert sweeps.sweep_changed() == 2
    assert len(screened) == 2


def test_who_could_not_be_screened_is_screened_again(county, register, monkeypatch):
    from cases.services import lifecycle

    lifecycle.record_life_event(
        actor=county["town.fuyun"], person_no="P1", kind="moved", on=clock.today()
    )

    def broken(**_who: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "sweep", broken)
        with pytest.raises(RuntimeError):
            sweeps.sweep_changed()

    assert sweeps.sweep_changed() == 1


def test_the_api_reports_lists_takes_visits_and_resolves(county, register):
    night()
    api, lead = Api(county["town.fuyun"]), of("P1")

    listed = api.get("leads/?rule=student_without_aid").data["results"]
    taken = api.post(f"leads/{lead.pk}/take/")
    gone = api.post(f"leads/{lead.pk}/visit/", {"note": "在家"})
    body = {"decision": "case_opened", "reason": "符合", "consent": True}
    done = api.post(f"leads/{lead.pk}/resolve/", body, key="k1")
    again = api.post(f"leads/{lead.pk}/resolve/", body, key="k1")
    reported = api.post(
        "leads/",
        {
            "channel": "school",
            "text": "学生缺课",
            "name": "某人乙",
            "division": "331125001001",
        },
    )
    wrong = api.post("leads/", {"channel": "x", "text": "y"})
    rules = api.get("leads/precision/").data

    assert [row["person_no"] for row in listed] == ["P1"]
    assert (taken.status, taken.data["taken_by"]) == (200, "town.fuyun")
    assert gone.data["status"] == "visited"
    assert (done.status, done.data["result"]) == (200, "case_opened")
    assert again.data == done.data
    assert Case.objects.filter(pk=done.data["case"]).exists()
    assert (reported.status, reported.data["rule"]) == (201, "report")
    assert (wrong.status, wrong.code) == (422, "invalid-data")
    assert {row["rule"] for row in rules} == {"large_medical_cost", "report", "student_without_aid"}
    assert Api(county["town.wuxi"]).get("leads/").data["results"] == []


def test_a_page_of_leads_takes_a_fixed_number_of_queries(
    county, register, django_assert_max_num_queries
):
    night()
    api = Api(county["supervisor"])

    with django_assert_max_num_queries(6):
        api.get("leads/")
    assert LeadSource.objects.count() == 2


def test_who_goes_to_homes_gets_no_register_facts(county, register):
    night()

    helper = Api(county["visit.fuyun"]).get("leads/").data["results"]
    officer = Api(county["town.fuyun"]).get("leads/").data["results"]

    assert len(helper) == len(officer) == 2
    assert all(row["facts"] == {} for row in helper)
    assert all(row["facts"] for row in officer)


def test_an_import_has_everybody_screened(county, register):
    run_waiting()

    assert {row.rule for row in Lead.objects.running()} == {
        "large_medical_cost",
        "student_without_aid",
    }
