"""Tokens and sessions."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from knox.models import AuthToken

from tests.api.client import Api
from tests.api.test_open import opening

pytestmark = pytest.mark.django_db(transaction=True)


def with_token(token: str) -> Api:
    api = Api(None)
    api.headers["Authorization"] = token
    return api


def test_nobody_is_signed_in(county):
    for found in (Api(None).get("cases/"), Api(None).post("cases/", {})):
        assert (found.status, found.code) == (401, "not-signed-in")
        assert found.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    "header", ["Token", "Token x", "Token a b", "Token 中文".encode().decode("latin-1"), "Bearer x"]
)
def test_tokens_that_are_none(county, header):
    assert with_token(header).get("cases/").code == "not-signed-in"


def test_a_token_by_command(county):
    out = StringIO()

    call_command("create_token", "window.fuyun", "--days", "1", stdout=out)

    assert out.getvalue().count("\n") == 1
    assert with_token(f"Token {out.getvalue().strip()}").get("matters/").status == 200


def test_it_is_kept_as_a_hash(county):
    out = StringIO()
    call_command("create_token", "window.fuyun", stdout=out)

    row = AuthToken.objects.get()

    assert out.getvalue().strip() not in (row.digest, row.token_key)


def test_a_token_for_nobody(county):
    with pytest.raises(CommandError) as refused:
        call_command("create_token", "nobody")

    assert refused.value.returncode == 2


def test_tokens_end(county):
    _row, old = AuthToken.objects.create(county["window.fuyun"], expiry=timedelta(seconds=-1))
    row, revoked = AuthToken.objects.create(county["window.fuyun"])
    row.delete()

    for token in (old, revoked):
        assert with_token(f"Token {token}").get("cases/").status == 401


def test_who_left_does_not_get_in(county):
    user = county["window.fuyun"]
    api = Api(user)
    user.is_active = False
    user.save()

    assert api.get("cases/").status == 401


def test_a_browsers_session_needs_the_csrf_token(county, number):
    client = Client(enforce_csrf_checks=True)
    client.force_login(county["window.fuyun"])

    seen = client.get("/api/v1/cases/")
    refused = client.post("/api/v1/cases/", opening(number), content_type="application/json")

    assert seen.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


def test_a_browsers_session_with_it(county, number):
    client = Client(enforce_csrf_checks=True)
    client.force_login(county["window.fuyun"])
    secret = "a" * 32
    client.cookies["csrftoken"] = secret

    found = client.post(
        "/api/v1/cases/", opening(number), content_type="application/json",
        headers={"X-CSRFToken": secret},
    )  # fmt: skip

    assert found.status_code == 201
