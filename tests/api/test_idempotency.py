"""The same request twice does its work once and answers the same."""

import pytest

from cases.models import Case, Material, OfficeVisit
from common.models import IdempotencyKey
from tests.api.client import Api
from tests.api.papers import PDF, paper
from tests.api.test_open import opening
from tests.robots import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_opened_once(clerk, number):
    first = clerk.post("cases/", opening(number), key="k1")
    again = clerk.post("cases/", opening(number), key="k1")

    assert (again.status, again.raw) == (201, first.raw)
    assert Case.objects.count() == 1


def test_another_body_or_address_is_refused(clerk, number):
    case = clerk.post("cases/", opening(number), key="k1").data

    body = clerk.post("cases/", opening(number, channel="township"), key="k1")
    address = clerk.post(f"cases/{case['id']}/withdraw/", {"reason": "x"}, key="k1")

    for found in (body, address):
        assert (found.status, found.code) == (422, "idempotency-mismatch")
    assert Case.objects.get().status == "open"


def test_the_order_of_members_is_no_other_body(clerk, number):
    first = clerk.post("cases/", opening(number), key="k1")
    again = clerk.post("cases/", dict(reversed(opening(number).items())), key="k1")

    assert again.raw == first.raw


def test_another_users_key_is_another_key(clerk, api, number):
    clerk.post("cases/", opening(number), key="k1")

    other = api("window2.fuyun").post("cases/", opening(number), key="k1")

    assert other.code == "open-case-exists"


def test_eight_at_once(county, number):
    window = Api(county["window.fuyun"])

    found = together(*[lambda: window.post("cases/", opening(number), key="k1") for _ in range(8)])

    assert {a.status for a in found} == {201}
    assert len({a.raw for a in found}) == 1
    assert Case.objects.count() == 1


def test_what_failed_may_be_sent_again(clerk, number):
    refused = clerk.post("cases/", opening(number, consent=False), key="k1")

    assert refused.code == "consent-missing"
    assert not IdempotencyKey.objects.exists()
    assert clerk.post("cases/", opening(number), key="k1").status == 201


def test_every_kind_of_post_is_repeatable(clerk, api, number, applicant):
    case = clerk.post("cases/", opening(number), key="open").data
    officer = api("town.fuyun")
    task = next(t for t in case["tasks"] if t["matter"])["id"]
    data = {"data": {"cause": "illness", "no_relative": True}}

    def twice(who, path, body=None):
        first = who.post(path, body, key=path)
        again = who.post(path, body, key=path)
        assert first.status in {200, 201}, first.raw
        assert (again.status, again.raw) == (first.status, first.raw), path

    twice(clerk, "applicants/lookup/", {"id_number": number})
    twice(officer, f"tasks/{task}/claim/")
    twice(officer, f"tasks/{task}/draft/", data)
    twice(officer, f"tasks/{task}/release/")
    officer.post(f"tasks/{task}/claim/")
    twice(officer, f"tasks/{task}/supplement/",
          {"materials": ["income_proof"], "message": "补"})  # fmt: skip
    twice(officer, f"tasks/{task}/complete/", data)
    twice(clerk, f"cases/{case['id']}/office-visits/", {"reason": "补材料"})
    assert OfficeVisit.objects.count() == 2
    twice(clerk, f"cases/{case['id']}/withdraw/", {"reason": "撤回"})
    twice(officer, "life-events/",
          {"person_no": applicant.person_no, "kind": "imprisoned", "on": "2026-01-01"})  # fmt: skip


def test_the_same_paper_twice(clerk, number):
    case = clerk.post("cases/", opening(number)).data
    path = f"cases/{case['id']}/materials/"

    def send(content):
        return clerk.send(path, {"kind": "income_proof", "file": paper(content)}, key="k")

    first, again, other = send(PDF), send(PDF), send(PDF + b"x")

    assert first.status == 201
    assert again.raw == first.raw
    assert other.code == "idempotency-mismatch"
    assert Material.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
def test_a_key_that_is_none(clerk, number, key):
    found = clerk.post("cases/", opening(number), key=key)

    assert (found.status, found.code) == (422, "invalid-data")
