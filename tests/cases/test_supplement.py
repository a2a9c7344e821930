"""补正, materials, appearances in person, death."""

import io

import pytest

from cases import represent, store
from cases.models import Supplement
from cases.services import lifecycle, materials, work_items
from common import clock
from common.errors import ConflictError, InputError
from tests import robots

PDF = b"%PDF-1.7\n%" + bytes(range(128, 160)) + b"\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def case(opened):
    return opened("disabled_care", "temporary_aid")


@pytest.fixture
def asked(county, case) -> Supplement:
    item = robots.ready(case, "disabled_care")[0]
    work_items.claim(actor=county["town.fuyun"], item_id=item.pk)
    return work_items.ask_supplement(
        actor=county["town.fuyun"],
        item_id=item.pk,
        kinds=["disability_certificate"],
        message="请提供残疾人证",
    )


def add(county, case, kind, content=PDF, name="纸.pdf"):
    return materials.add_material(
        actor=county["window.fuyun"],
        case_id=case.pk,
        kind=kind,
        name=name,
        content=io.BytesIO(content),
    )


def test_only_the_matters_that_need_the_papers_stand_still(case, asked):
    lights = {m["code"]: m["light"] for m in represent.case(case, asked.asked_by)["matters"]}

    assert lights["disabled_care"] == "grey"
    assert lights["temporary_aid"] == "green"


def test_the_papers_arrive_and_the_clock_goes_on_by_as_much(county, case, asked):
    matter = case.matters.get(code="disabled_care")
    before = matter.due_on
    clock.advance(days=5)

    add(county, case, "disability_certificate")

    matter.refresh_from_db()
    asked.refresh_from_db()
    assert (matter.pauses, asked.result) == (0, "received")
    assert matter.due_on > before


def test_papers_that_do_not_come_in_time_deem_the_matter_withdrawn(case, asked):
    clock.advance(days=30)
    robots.due.run_due()

    matter = case.matters.get(code="disabled_care")
    assert matter.status == "deemed_withdrawn"
    assert matter.decision.reason
    case.refresh_from_db()
    assert (case.status, case.open_matters) == ("open", 1)
    assert not robots.ready(case, "disabled_care")


def test_one_paper_serves_all_matters_and_is_kept_once(county, case):
    first = add(county, case, "medical_record")
    again = add(county, case, "medical_record")

    shown = {
        m["kind"]: m["status"] for m in represent.case(case, county["supervisor"])["materials"]
    }
    assert first == again
    assert shown["medical_record"] == "added"
    assert store.path_of(first.sha256).read_bytes() == PDF


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"#!/bin/sh\nrm -rf /\n", "wrong-type"),
        (b"<html><script>alert(1)</script>", "wrong-type"),
        (b"", "wrong-type"),
        (PDF + b"x" * store.MAX_BYTES, "too-large"),
    ],
)
def test_a_script_named_pdf_and_a_huge_file_are_refused(county, case, content, code):
    with pytest.raises(InputError) as refused:
        add(county, case, "medical_record", content)

    assert refused.value.code == code
    assert not case.materials.exists()
    assert not [p for p in store.path_of("00").parents[1].rglob("*") if p.is_file()]


def test_every_appearance_in_person_is_counted(county, case):
    lifecycle.record_office_visit(actor=county["window.fuyun"], case_id=case.pk, reason="补签字")

    case.refresh_from_db()
    assert case.in_person_count == 2


def test_the_applicants_death_ends_everything_that_runs(county, case):
    lifecycle.record_life_event(
        actor=county["town.fuyun"],
        person_no=case.applicant.person_no,
        kind="death",
        on=clock.today(),
    )

    case.refresh_from_db()
    assert case.status == "closed"
    assert {m.status for m in case.matters.all()} == {"ended"}
    robots.run_jobs()
    assert not robots.ready(case)


def test_a_closed_case_takes_no_papers(county, case):
    lifecycle.withdraw_case(actor=county["window.fuyun"], case_id=case.pk, reason="不再需要")

    with pytest.raises(ConflictError) as refused:
        add(county, case, "medical_record")

    assert refused.value.code == "case-closed"
