"""Pages as Django answers them: queries counted, refusals named, nothing shown to strangers."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.models import Case, Matter
from tests.cases.test_open_case import FOURTEEN
from tests.factories.county import make_household, number_of
from workflows.models import WorkItem

MOST = 17  # two of them for the logs: who looks at whom, and on whose behalf a use case writes


@pytest.fixture
def page(county):
    """Open a page as somebody; returns its text. More than 17 queries fail the test."""

    def page(username: str, address: str, data=None, status: int = 200) -> str:
        client = Client()
        client.force_login(county[username])
        method = client.get if data is None else client.post
        method(address, data or {})  # what a machine process keeps is read by the first visit
        with CaptureQueriesContext(connection) as caught:
            answer = method(address, data or {})
        assert answer.status_code == status, answer.content.decode()[:2000]
        asked = [row["sql"] for row in caught.captured_queries]
        queries = [sql[:160] for sql in asked if sql not in {"BEGIN", "COMMIT"}]
        assert len(queries) <= MOST, f"{len(queries)} queries\n" + "\n".join(queries)
        return answer.content.decode()

    return page


@pytest.fixture
def full(opened) -> Case:
    """A case of all fourteen matters."""
    return opened(*FOURTEEN)


def test_each_page_takes_few_queries_whatever_stands_on_it(page, full, household, opened):
    for n in range(2, 8):
        opened(*FOURTEEN, who=make_household(n))
    item = WorkItem.objects.filter(role="township_officer", owner_type="matter").first()

    assert "待办" in page("town.fuyun", "/tasks/?view=claimable")
    assert full.number in page("town.fuyun", f"/tasks/{item.pk}/")
    assert full.number in page("window.fuyun", f"/cases/{full.pk}/")
    assert full.number in page("window.fuyun", f"/cases/{full.pk}/receipt/")
    assert full.number in page("supervisor", "/cases/?view=all")
    assert full.number in page("supervisor", "/find/", {"q": "测试1"})
    assert household.household_no in page("supervisor", "/households/")
    assert household.household_no in page("supervisor", f"/households/{household.household_no}/")
    assert "幸福清单" in page("supervisor", f"/households/{household.household_no}/list/")
    assert "待办理" in page("window.fuyun", f"/cases/{full.pk}/diagram/")


def test_a_claimed_task_and_a_read_card_take_few_queries_too(page, county, full):
    item = WorkItem.objects.filter(role="township_officer", owner_type="matter").first()
    WorkItem.objects.filter(pk=item.pk).update(status="claimed", assignee=county["town.fuyun"])
    head = make_household(9).memberships.get(relation="head").person

    assert "放回" in page("town.fuyun", f"/tasks/{item.pk}/")
    assert head.name in page("window.fuyun", "/window/lookup/", {"id_number": number_of(head)})


def test_what_one_may_not_see_is_not_found(page, full, household):
    item = WorkItem.objects.filter(role="township_officer").first()
    no = household.household_no

    for address in (
        f"/cases/{full.pk}/",
        f"/cases/{full.pk}/receipt/",
        f"/tasks/{item.pk}/",
        f"/cases/{full.pk}/diagram/",
        f"/households/{no}/",
        f"/households/{no}/list/",
    ):
        assert "没有找到" in page("town.wuxi", address, status=404)


def test_a_stranger_is_asked_to_sign_in(county, full):
    answer = Client().get(f"/cases/{full.pk}/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_htmx_asks_the_whole_page_to_sign_in_when_the_session_has_ended(county, full):
    answer = Client().get("/tasks/", headers={"HX-Request": "true"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in/"


def test_pages_carry_a_strict_content_policy(county):
    answer = Client().get("/sign-in/")

    policy = answer["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'"} <= set(policy)


def test_sign_in_leads_to_no_other_site(county):
    user = county["town.fuyun"]
    user.set_password("secret")
    user.save()

    answer = Client().post(
        "/sign-in/",
        {"username": "town.fuyun", "password": "secret", "next": "https://elsewhere.example/"},
    )

    assert answer["Location"] == "/"


def test_a_paper_is_uploaded_shown_and_never_run(county, full):
    client = Client()
    client.force_login(county["window.fuyun"])
    good = SimpleUploadedFile("单据.pdf", b"%PDF-1.4\n1 0 obj\n", "application/pdf")
    bad = SimpleUploadedFile("script.pdf", b"#!/bin/sh\nrm\n", "application/pdf")
    address = f"/cases/{full.pk}/materials/"

    taken = client.post(address, {"kind": "medical_bill", "file": good})
    refused = client.post(address, {"kind": "medical_bill", "file": bad})
    nothing = client.post(address, {"kind": "medical_bill"})

    assert (taken.status_code, refused.status_code, nothing.status_code) == (302, 415, 422)
    row = full.materials.get()
    shown = client.get(f"{address}{row.pk}/")
    assert b"".join(shown.streaming_content).startswith(b"%PDF")
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["X-Content-Type-Options"] == "nosniff"


def test_a_claim_that_came_second_says_who_was_first(county, full):
    item = WorkItem.objects.filter(role="township_officer", owner_type="matter").first()
    WorkItem.objects.filter(pk=item.pk).update(status="claimed", assignee=county["town.fuyun"])
    client = Client()
    client.force_login(county["supervisor"])

    answer = client.post(f"/tasks/{item.pk}/claim/")

    assert answer.status_code == 403
    assert Matter.objects.filter(case=full).count() == 14
