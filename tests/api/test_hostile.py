"""Whatever is sent gets a named error; nothing is half done."""

import base64
import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, Material
from tests.api.client import Api
from tests.api.papers import PDF, SCRIPT, paper
from tests.api.test_open import opening

pytestmark = pytest.mark.django_db(transaction=True)
POSTS = [
    "applicants/lookup/",
    "cases/",
    "cases/1/office-visits/",
    "cases/1/withdraw/",
    "life-events/",
    "tasks/1/claim/",
    "tasks/1/complete/",
    "tasks/1/draft/",
    "tasks/1/supplement/",
    "tasks/1/transfer/",
    "tasks/1/delegate/",
    "tasks/1/return/",
]
NAMES = [
    "id_number",
    "name",
    "agent",
    "matters",
    "channel",
    "consent",
    "in_person",
    "code",
    "person_no",
    "data",
    "kind",
    "on",
    "to",
    "reason",
    "step",
    "materials",
    "message",
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["min_living", "window", "death", "2026-01-01", "income_proof"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=20,
)
fuzzed = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@fuzzed
@given(data=st.data())
def test_no_body_breaks_it(clerk, data):
    path = data.draw(st.sampled_from(POSTS))
    names = st.dictionaries(st.sampled_from(NAMES), values, max_size=8)
    raw = json.dumps(data.draw(names | values)).encode()

    found = clerk.post(path, raw=raw)

    assert 400 <= found.status < 500
    assert not Case.objects.exists()


@fuzzed
@given(raw=st.binary(max_size=200))
def test_no_bytes_break_it(clerk, raw):
    assert 400 <= clerk.post("cases/", raw=raw or b" ").status < 500


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b'{"id_number": "\\u0000"}',
        b'{"id_number": "\\ud800"}',
        b'{"id_number": NaN}',
        b'{"id_number": 1e9999}',
        b'{"id_number": ' + b"9" * 10_000 + b"}",
        "{“id_number”: 1}".encode("gb18030"),
        b"null",
        b"\xff\xfe",
    ],
)
def test_malformed_json(clerk, raw):
    for path in ("cases/", "applicants/lookup/"):
        found = clerk.post(path, raw=raw)

        assert (found.status, found.code) == (422, "invalid-data")


def test_too_much_json(clerk):
    found = clerk.post("cases/", {"name": "x" * 2_000_000})

    assert (found.status, found.code) == (413, "too-large")


def test_two_gigabytes_are_refused_unread(clerk, county):
    class Endless:
        def read(self, *_size):
            raise AssertionError("read")

        readline = read

    for path in ("/api/v1/cases/1/materials/", "/sign-in/"):
        found = Client().generic(
            "POST", path, b"", headers=clerk.headers, CONTENT_LENGTH=str(2 << 30),
            **{"wsgi.input": Endless(), "CONTENT_TYPE": "multipart/form-data; boundary=x"},
        )  # fmt: skip

        assert found.status_code == 413


@pytest.fixture
def case(clerk, number):
    return clerk.post("cases/", opening(number)).data


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"kind": "income_proof", "file": paper(SCRIPT)}, 415, "wrong-type"),
        ({"kind": "income_proof", "file": paper(b"")}, 415, "wrong-type"),
        ({"kind": "income_proof", "file": paper(PDF + b"x" * (20 << 20))}, 413, "too-large"),
        ({"kind": "nothing", "file": paper(PDF)}, 422, "invalid-data"),
        ({"kind": "a\0b", "file": paper(PDF)}, 422, "invalid-data"),
        ({"kind": "income_proof"}, 422, "invalid-data"),
        ({"file": paper(PDF)}, 422, "invalid-data"),
        ({"kind": "income_proof", "file": "text"}, 422, "invalid-data"),
    ],
)
def test_papers_that_are_none(clerk, case, fields, status, code):
    for value in fields.values():
        if hasattr(value, "seek"):
            value.seek(0)

    found = clerk.send(f"cases/{case['id']}/materials/", fields)

    assert (found.status, found.code) == (status, code)
    assert not Material.objects.exists()


def test_multipart_that_is_none(clerk, case):
    path = f"/api/v1/cases/{case['id']}/materials/"
    for body, content_type, status in (
        (b"xx", "multipart/form-data", 422),
        (b"xx", "multipart/form-data; boundary=a", 422),
        (b"{}", "application/json", 415),
    ):
        found = clerk.client.post(path, body, content_type=content_type, headers=clerk.headers)

        assert found.status_code == status


def test_another_type_of_body(clerk):
    found = clerk.client.post("/api/v1/cases/", {"a": "b"}, headers=clerk.headers)

    assert (found.status_code, found.json()["code"]) == (415, "wrong-type")


@pytest.mark.parametrize(
    "address",
    [
        "cases/?status=none", "cases/?light=blue", "cases/?opened_from=yesterday",
        "cases/?opened_to=2026-13-01", "cases/?division=x",
        "households/?division=x", "households/?division=3311250010011",
        "cases/?limit=0", "cases/?limit=x",
        "cases/?limit=-1", "cases/?cursor=x", "cases/?cursor=WyJmIiwiYWFhIl0=",
        "cases/?cursor=WyJmIixudWxsXQ==", "cases/?number=%00", "tasks/?mine=maybe",
        "tasks/?status=open", "tasks/?case=%00", "households/?q=%00",
        "households/?cursor=%E4%B8%AD",
    ],
)  # fmt: skip
def test_addresses_that_do_not_fit(clerk, address):
    found = clerk.get(address)

    assert (found.status, found.code) == (422, "invalid-data")


@pytest.mark.parametrize(
    "address",
    ["households/a%00b/", "persons/a%00b/", "households/none/", "persons/none/", "nowhere/",
     "cases/abc/", "cases/1", "cases/%F0%28/"],
)  # fmt: skip
def test_what_is_nowhere(clerk, address):
    found = clerk.get(address)

    assert (found.status, found.code) == (404, "not-found")


def test_ids_beyond_any_table(clerk):
    for pk in (2**63, 10**40):
        assert clerk.get(f"cases/?limit=1&cursor={_cursor(pk)}").status in {200, 422}
        assert clerk.get(f"tasks/?case={pk}").data["results"] == []


def _cursor(value: int) -> str:
    return base64.urlsafe_b64encode(f'["f",{value}]'.encode()).decode()


def test_another_verb(clerk):
    found = clerk.client.delete("/api/v1/cases/", headers=clerk.headers)

    assert found.status_code == 405
    assert "POST" in found["Allow"]
    assert found.json()["code"] == "method-not-allowed"


def test_a_database_that_is_away(clerk, monkeypatch):
    from django.db import OperationalError

    from cases.services import applicants

    def away():
        raise OperationalError

    monkeypatch.setattr(applicants, "matter_catalogue", away)

    found = clerk.get("matters/")

    assert (found.status, found.code) == (503, "unavailable")
    assert found.headers["Retry-After"] == "1"


def test_what_nobody_foresaw(clerk, monkeypatch):
    from cases.services import applicants

    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr(applicants, "matter_catalogue", broken)
    clerk.client.raise_request_exception = False

    found = Api.get(clerk, "matters/")

    assert (found.status, found.code) == (500, "internal-error")
    assert b"Zero" not in found.raw
