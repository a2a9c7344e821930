"""What an outside tester met who knew nothing but the contracts."""

import pytest

from cases.models import Case
from tests.api.papers import PDF, paper
from tests.factories.county import County, id_number


@pytest.fixture
def case(opened) -> Case:
    return opened("min_living")


@pytest.fixture
def reader(api, county: County, case):
    """Somebody who sees every case and works on none."""
    return api("supervisor")


@pytest.mark.parametrize("path", ["cases/", "tasks/", "matters/", "life-events/"])
def test_a_method_that_is_not_served_is_no_error_of_the_server(clerk, path):
    response = clerk.client.options(f"/api/v1/{path}", headers=clerk.headers)

    assert response.status_code == 405


def test_the_last_day_of_the_calendar_is_a_day(clerk, case):
    found = clerk.get("cases/", opened_to="9999-12-31").data["results"]

    assert [row["id"] for row in found] == [case.pk]


def test_who_only_looks_adds_neither_papers_nor_visits(reader, case):
    assert reader.get(f"cases/{case.pk}/").status == 200

    sent = {"kind": "income_proof", "file": paper(PDF)}
    assert reader.send(f"cases/{case.pk}/materials/", sent).code == "not-allowed"
    visit = reader.post(f"cases/{case.pk}/office-visits/", {"reason": "补材料"})
    assert visit.code == "not-allowed"
    case.refresh_from_db()
    assert case.in_person_count == 1
    assert not case.materials.exists()


def test_too_many_fields_of_a_form_are_named_as_the_codes_have_it(clerk, case):
    fields = {str(n): "x" for n in range(1500)} | {"file": paper(PDF)}

    found = clerk.send(f"cases/{case.pk}/materials/", fields)

    assert (found.status, found.code) == (422, "invalid-data")


def test_nobody_dies_before_being_born(clerk, applicant, case):
    body = {"person_no": applicant.person_no, "kind": "death", "on": "0001-01-01"}

    found = clerk.post("life-events/", body)

    assert (found.status, found.code) == (422, "invalid-data")
    case.refresh_from_db()
    assert case.status == "open"


def test_an_agent_is_checked_like_an_applicant(clerk, number):
    agent = {"id_number": f" {id_number(77)} ", "name": "王\x07五", "relation": "子女"}
    body = {"id_number": number, "matters": ["min_living"], "consent": True, "agent": agent}

    assert clerk.post("cases/", body).code == "invalid-data"
    agent["name"] = "王五"
    told = clerk.post("cases/", body).data["agent"]
    assert told["id_number"].endswith(id_number(77)[-4:])
