"""查阅日志: who looked at whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from permissions.access_log import MOST, record
from permissions.models import AccessRecord
from tests.api.client import Api
from tests.factories.county import id_number, number_of
from workflows.models import WorkItem

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_command_says_who_and_why(county):
    record(kind="export", person_ids=[7, None, 5, 7], purpose="抽查", user=county["supervisor"])

    row = AccessRecord.objects.get()
    assert (row.username, row.held, row.via) == ("supervisor", "civil:supervisor", "command")
    assert (row.person_ids, row.purpose, row.path) == ([5, 7], "抽查", "")
    assert row.at is not None


def test_it_costs_one_statement(county, django_assert_num_queries):
    user = county["supervisor"]
    assert user.access

    with django_assert_num_queries(1):
        record(kind="view", household_id=3, user=user)


def test_what_is_kept_is_bounded(county):
    record(kind="search", case_ids=range(MOST + 50), purpose="x" * 5000, fields=["id_number"])

    row = AccessRecord.objects.get()
    assert (len(row.case_ids), len(row.purpose)) == (MOST, 1000)


def test_a_refused_read_by_token_is_told_with_what_was_asked(county):
    answer = Api(county["window.fuyun"]).get("households/H999999/")

    assert answer.status == 404
    row = AccessRecord.objects.get()
    assert (row.kind, row.via, row.username) == ("refused", "token", "window.fuyun")
    assert row.path == "/api/v1/households/H999999/"
    assert (row.address, row.request_id) == ("127.0.0.1", answer.headers["X-Request-ID"])


def test_a_refused_page_is_told_and_its_address_is_bounded(county):
    client = Client()
    client.force_login(county["window.fuyun"])

    client.get("/households/" + "%00" * 20 + "x" * 500 + "/", headers={"X-Request-ID": "wxyz-1234"})

    row = AccessRecord.objects.get()
    assert (row.kind, row.via, row.request_id) == ("refused", "session", "wxyz-1234")
    assert len(row.path) <= 200


def test_nobody_and_nowhere_are_no_reads(county):
    Client().get("/households/H999999/")
    Api(county["window.fuyun"]).client.get("/no-such-page/")

    assert not AccessRecord.objects.exists()


def _told(after: int = 0) -> list[tuple[str, list[int], list[int], list[int]]]:
    rows = AccessRecord.objects.filter(pk__gt=after).order_by("id")
    return [(r.kind, r.person_ids, r.household_ids, r.case_ids) for r in rows]


def _last() -> int:
    return max(AccessRecord.objects.values_list("pk", flat=True), default=0)


def test_every_read_of_the_api_is_told_once(county, household, opened):
    case = opened("min_living")
    person = case.applicant
    item = WorkItem.objects.filter(subject_id=case.pk).earliest("pk")
    api = Api(county["supervisor"])

    for path, expected in {
        "households/": ("search", [], [household.pk], []),
        f"households/{household.household_no}/": ("view", [], [household.pk], []),
        f"households/{household.household_no}/list/": ("view", [], [household.pk], []),
        f"persons/{person.person_no}/": ("view", [person.pk], [], []),
        "cases/": ("search", [], [], [case.pk]),
        f"cases/{case.pk}/": ("view", [], [], [case.pk]),
        f"cases/{case.pk}/timeline/": ("view", [], [], [case.pk]),
        f"tasks/{item.pk}/": ("view", [], [], [case.pk]),
        "screening/findings/": ("search", [], [], []),
        "screening/corrections/": ("search", [], [], []),
        "leads/": ("search", [], [], []),
    }.items():
        before = _last()
        assert api.get(path).status == 200
        assert _told(before) == [expected], path


def test_a_card_read_at_the_window_is_told(county, household):
    head = household.memberships.get(relation="head").person

    found = Api(county["window.wuxi"]).post("applicants/lookup/", {"id_number": number_of(head)})

    assert found.status == 200
    assert _told() == [("view", [head.pk], [household.pk], [])]
    assert number_of(head) not in str(AccessRecord.objects.values())


def test_every_page_with_people_is_told_once(county, household, opened):
    case = opened("min_living")
    item = WorkItem.objects.filter(subject_id=case.pk).earliest("pk")
    head = household.memberships.get(relation="head").person
    client = Client()
    client.force_login(county["supervisor"])

    for path, expected in {
        "/households/": ("search", [], [household.pk], []),
        f"/households/{household.household_no}/": ("view", [], [household.pk], []),
        f"/households/{household.household_no}/list/": ("view", [], [household.pk], []),
        "/cases/": ("search", [], [], [case.pk]),
        f"/cases/{case.pk}/": ("view", [], [], [case.pk]),
        f"/cases/{case.pk}/receipt/": ("print", [], [], [case.pk]),
        f"/tasks/{item.pk}/": ("view", [], [], [case.pk]),
        "/findings/": ("search", [], [], []),
        "/leads/": ("search", [], [], []),
        "/corrections/": ("search", [], [], []),
    }.items():
        before = _last()
        assert client.get(path).status_code == 200
        assert _told(before) == [expected], path
    before = _last()
    client.post("/find/", {"q": head.name})
    assert _told(before) == [("search", [], [household.pk], [case.pk])]


def test_a_paper_that_is_opened_is_told(county, opened):
    case = opened("min_living")
    clerk = Api(county["window.fuyun"])
    paper = SimpleUploadedFile("p.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
    added = clerk.send(f"cases/{case.pk}/materials/", {"file": paper, "kind": "id_card"})
    assert added.status == 201
    client, before = Client(), _last()
    client.force_login(county["supervisor"])

    response = client.get(f"/cases/{case.pk}/materials/{added.data['id']}/")

    assert response.status_code == 200
    assert b"".join(response.streaming_content)
    assert _told(before) == [("view", [], [], [case.pk])]
    assert AccessRecord.objects.latest("id").fields == [f"material:{added.data['id']}"]


def test_an_unknown_card_is_told_as_refused(county):
    client = Client()
    client.force_login(county["window.fuyun"])

    client.post("/window/lookup/", {"id_number": id_number(999)})

    assert _told() == [("refused", [], [], [])]
