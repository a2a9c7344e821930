"""Departments do not see one another's files: of other matters, that they are and how far."""

import pytest
from django.db import transaction
from django.test import Client

from cases import steps
from cases.services import materials
from tests.api.papers import PDF, paper

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "自付医疗费用未达到起付线"


@pytest.fixture
def case(county, opened):
    """Education still runs; medical aid was refused, with a reason and a paper."""
    case = opened("medical_aid", "education_aid")
    for kind in ("medical_bill", "tuition_bill"):
        materials.add_material(
            actor=county["window.fuyun"],
            case_id=case.pk,
            kind=kind,
            name=f"{kind}.pdf",
            content=paper(PDF),
        )
    with transaction.atomic():
        locked = steps.lock_case(case.pk)
        matter = next(m for m in steps.open_matters(locked) if m.code == "medical_aid")
        steps.end_matter(
            matter, outcome="refused", actor=county["dept.medins.approver"], reason=REASON
        )
    return case


def seen(reader, case):
    found = reader.get(f"cases/{case.pk}/").data
    decisions = {m["code"]: m["decision"] for m in found["matters"]}
    return decisions, {row["kind"]: row["needed_by"] for row in found["materials"]}


def test_who_handles_it_and_its_township_see_the_reason(api, case):
    for username in ("dept.medins.handler", "window.fuyun", "supervisor"):
        decisions, papers = seen(api(username), case)

        assert decisions["medical_aid"]["reason"] == REASON
        assert "medical_bill" in papers


def test_another_department_sees_that_it_ended_and_no_more(api, case):
    decisions, papers = seen(api("dept.edu.handler"), case)

    assert decisions["education_aid"] is None
    assert decisions["medical_aid"] == {
        "outcome": "refused",
        **dict.fromkeys(("amount", "form", "starts_on", "ends_on")),
        "reason": "",
        "why": {},
    }
    assert set(papers) == {"id_card", "student_certificate", "tuition_bill"}
    assert papers["id_card"] == ["education_aid"]


def test_its_events_are_not_told_to_others(api, case):
    def told(username):
        rows = api(username).get(f"cases/{case.pk}/timeline/").data["results"]
        return [(row["event"], row["matter"]) for row in rows]

    whole, own = told("window.fuyun"), told("dept.edu.handler")

    assert ("matter.decided", "medical_aid") in whole
    assert ("case.opened", None) in own
    assert own == [row for row in whole if row[1] in {None, "education_aid"}]


def test_nor_its_process_and_papers_shown(api, county, case):
    browser = Client()
    browser.force_login(county["dept.edu.handler"])
    papers = {row.kind: row.pk for row in case.materials.all()}
    address = f"/cases/{case.pk}/materials/{{}}/"

    assert api("dept.edu.handler").get(f"cases/{case.pk}/diagram/?matter=medical_aid").status == 404
    assert (
        api("dept.edu.handler").get(f"cases/{case.pk}/diagram/?matter=education_aid").status == 200
    )
    assert browser.get(address.format(papers["medical_bill"])).status_code == 404
    shown = browser.get(address.format(papers["tuition_bill"]))
    assert b"".join(shown.streaming_content) == PDF
    page = browser.get(f"/cases/{case.pk}/").content.decode()
    assert REASON not in page
    assert "医疗救助" in page
