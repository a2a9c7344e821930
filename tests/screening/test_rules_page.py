"""The pages of the rules as Django answers them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from cases.services.packages import deploy_packages
from screening.models import Rehearsal
from screening.services import rehearsals
from tests.cases.test_pages import page  # noqa: F401 - a fixture
from tests.factories.county import BPMN
from tests.screening.changes import min_living

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tried(standards, curators, run_jobs) -> Rehearsal:
    found = rehearsals.rehearse(
        actor=curators[0], parameters={"S": "1200"}, tables={"min_living": min_living()}
    )
    run_jobs()
    found.refresh_from_db()
    return found


def test_parameters_stand_with_value_source_and_who_reads_them(page, curators):  # noqa: F811
    text = page("curator", "/rules/")

    assert "低保标准（元/月）" in text
    assert "1,100" in text
    assert "本地缺省值" in text
    assert "最低生活保障" in text
    assert "还没有试算过" in text


def test_the_change_is_told_cell_by_cell_with_people_and_cost(page, tried):  # noqa: F811
    text = page("curator", f"/rules/changes/{tried.pk}/")

    assert "(S - pci) * members + 10" in text
    assert "+280.00" in text
    assert "/households/" not in text
    assert "由您试算" in text


def test_it_reads_in_english(page, curators, tried):  # noqa: F811
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(curators[1])

    text = client.get(f"/rules/changes/{tried.pk}/").content.decode()

    assert "What would happen" in text
    assert "Publish: the new rule from this day on" in text


def test_a_table_can_be_taken_away_and_sent_back(page, curators, run_jobs):  # noqa: F811
    client = Client()
    client.force_login(curators[0])
    file = client.get("/rules/tables/min_living.dmn")
    assert (
        b"".join(file.streaming_content)
        == (BPMN / "matters/min_living/eligibility.dmn").read_bytes()
    )

    sent = SimpleUploadedFile("x.dmn", min_living().encode())
    answer = client.post("/rules/try/", {"table": "min_living", "file": sent})

    assert answer.status_code == 302
    assert list(Rehearsal.objects.get().tables) == ["min_living"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"set_S": "much"}, 422),
        ({}, 422),
        ({"set_S": "1200", "on": "some day"}, 422),
        ({"table": "min_living", "file": b"\xff\xfe"}, 422),
        ({"table": "min_living", "file": b"<!DOCTYPE x><x/>"}, 422),
        ({"table": "", "file": b"<x/>"}, 422),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(curators, fields, status):
    client = Client()
    client.force_login(curators[0])
    if "file" in fields:
        fields = fields | {"file": SimpleUploadedFile("x.dmn", fields["file"])}

    answer = client.post("/rules/try/", fields)

    assert answer.status_code == status
    assert 'class="summary"' in answer.content.decode()
    assert not Rehearsal.objects.exists()


def test_what_is_out_of_date_is_tried_again_by_the_rules_of_now(
    page,  # noqa: F811
    tried,
    curators,
    tmp_path,
):
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in (BPMN / "rules").iterdir():
        text = path.read_text().replace("value = 8500", "value = 8600")
        (folder / path.name).write_text(text)
    deploy_packages([folder])

    text = page("curator2", f"/rules/changes/{tried.pk}/")
    client = Client()
    client.force_login(curators[1])
    client.post(f"/rules/changes/{tried.pk}/again/")

    assert "已经过时" in text
    again = Rehearsal.objects.latest("pk")
    assert (again.author, again.parameters) == (curators[1], {"S": "1200"})


def test_what_cannot_be_worked_out_says_so(page, curators, standards, monkeypatch):  # noqa: F811
    def broken(**_all):
        raise OperationalError("canceling statement due to statement timeout")

    found = rehearsals.rehearse(actor=curators[0], parameters={"S": "1200"}, tables={})
    monkeypatch.setattr(rehearsals, "report", broken)
    with pytest.raises(OperationalError):
        rehearsals.compute(rehearsal_id=found.pk)

    text = page("curator", f"/rules/changes/{found.pk}/")

    assert "没有算成" in text
    assert "重新试算" in text


@pytest.mark.parametrize("address", ["/rules/", "/rules/tables/min_living.dmn"])
def test_they_are_for_curators(county, address):
    client = Client()
    client.force_login(county["supervisor"])

    assert client.get(address).status_code == 403
    assert client.get("/rules/changes/1/").status_code == 404
