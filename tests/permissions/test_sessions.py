"""Sessions and tokens: how they end, and that one sees one's own."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from permissions import jobs
from permissions.models import AccountAct, Session
from permissions.services import accounts
from permissions.sessions import SessionStore
from tests.permissions.conftest import Browser


@pytest.fixture
def clerk(office):
    browser = Browser()
    browser.sign_in("clerk")
    browser.get("/sessions/")
    return browser


def token_of(*options):
    out = StringIO()
    call_command("create_token", "clerk", *options, stdout=out)
    return {"Authorization": f"Token {out.getvalue().strip()}"}


def test_an_idle_session_ends(clerk):
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=29))
    assert clerk.get("/sessions/").status_code == 200

    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=30, seconds=1))

    assert clerk.get("/sessions/")["Location"].startswith("/sign-in/")
    assert clerk.get("/api/v1/cases/").status_code == 401


def test_a_session_ends_with_its_hours_however_busy(clerk):
    Session.objects.update(started_at=timezone.now() - timedelta(hours=12, seconds=1))

    assert clerk.get("/sessions/").status_code == 302


def test_saving_a_session_does_not_make_it_younger(clerk):
    began = timezone.now() - timedelta(hours=11)
    Session.objects.update(started_at=began)

    session = clerk.session
    session["x"] = 1
    session.save()

    row = Session.objects.get()
    assert row.started_at == began
    assert row.address == "10.0.0.1"


def test_its_key_changes_at_sign_in(office):
    browser = Browser()
    session = browser.session
    session["planted"] = 1
    session.save()
    browser.cookies["sessionid"] = planted = session.session_key

    browser.sign_in("clerk")

    assert browser.cookies["sessionid"].value != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_it_is_written_once_a_minute_and_read_by_one_query(clerk):
    with CaptureQueriesContext(connection) as caught:
        clerk.get("/second-factor/")
    asked = [row["sql"] for row in caught if "permissions_session" in row["sql"]]
    assert len(asked) == 1
    assert asked[0].startswith("SELECT")

    Session.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    clerk.get("/second-factor/")

    assert Session.objects.get().seen_at > timezone.now() - timedelta(seconds=5)


def test_a_request_that_changes_the_session_counts_as_use(clerk):
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=20))

    clerk.post("/second-factor/enrol/", {"code": "wrong"})  # reads it
    session = clerk.session
    session["x"] = 1
    session.save()

    assert Session.objects.get().seen_at > timezone.now() - timedelta(seconds=5)


def test_an_ended_session_is_not_revived_by_a_request_under_way(clerk):
    late = SessionStore(clerk.session.session_key)
    late["x"] = 1
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        late.save()

    assert not Session.objects.exists()


def test_one_sees_ones_own_and_ends_another(clerk, office):
    phone = Browser("10.0.0.2")
    phone.sign_in("clerk")
    phone.get("/sessions/")
    stranger = Browser("10.0.0.3")
    stranger.sign_in("system")

    page = clerk.get("/sessions/").content.decode()
    ref = Session.objects.get(pk=phone.session.session_key).ref
    ended = clerk.post(f"/sessions/{ref}/end/")

    assert "10.0.0.1" in page
    assert "10.0.0.2" in page
    assert "10.0.0.3" not in page
    assert page.count("这一台") == 2  # the mark, and the button
    assert phone.cookies["sessionid"].value not in page
    assert clerk.cookies["sessionid"].value not in page
    assert ended.status_code == 302
    assert phone.get("/sessions/").status_code == 302
    assert clerk.get("/sessions/").status_code == 200
    assert AccountAct.objects.get().name == "session.ended"


def test_nobody_ends_anothers(clerk, office):
    other = Browser()
    other.sign_in("system")
    ref = Session.objects.get(user=office("system")).ref
    call_command("create_token", "system", stdout=StringIO())

    assert clerk.post(f"/sessions/{ref}/end/").status_code == 404
    assert clerk.post(f"/sessions/{uuid4()}/end/").status_code == 404
    digest = AuthToken.objects.get().digest
    assert clerk.post("/tokens/end/", {"token": digest}).status_code == 404
    assert other.get("/sessions/").status_code == 200


def test_who_is_deactivated_is_out_at_once(clerk, office):
    token = token_of()
    api = Browser()
    assert api.get("/api/v1/matters/", headers=token).status_code == 200

    accounts.deactivate_account(actor=office("security"), user_id=office("clerk").pk)

    assert clerk.get("/sessions/").status_code == 302
    assert api.get("/api/v1/matters/", headers=token).status_code == 401
    assert Browser().sign_in("clerk").status_code == 422


def test_what_has_ended_is_cleared(clerk, office):
    Session.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    Browser().sign_in("system")

    AuthToken.objects.create(office("clerk"), expiry=timedelta(seconds=-1))

    jobs.clear_ended(timestamp=0)

    assert not AuthToken.objects.exists()
    assert Session.objects.get().user.username == "system"


def test_a_token_that_reads_changes_nothing(office):
    reads, writes = token_of("--scope", "read"), token_of()
    api = Browser()

    assert api.get("/api/v1/matters/", headers=reads).status_code == 200
    refused = api.post("/api/v1/cases/", {}, content_type="application/json", headers=reads)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert "只能读取" in refused.json()["detail"]
    heard = api.post("/api/v1/cases/", {}, content_type="application/json", headers=writes)
    assert heard.status_code == 422


def test_a_token_costs_one_query_whatever_its_scope(office):
    for token in (token_of("--scope", "read"), token_of()):
        with CaptureQueriesContext(connection) as caught:
            Browser().get("/api/v1/nowhere/", headers=token)
            Browser().get("/api/v1/tasks/0/", headers=token)
        asked = [row["sql"] for row in caught if "knox_authtoken" in row["sql"]]
        assert len(asked) == 1


def test_an_unknown_scope_is_refused(office):
    with pytest.raises(CommandError):
        call_command("create_token", "clerk", "--scope", "all")


def test_tokens_are_shown_with_scope_and_end(clerk):
    reads = token_of("--scope", "read")
    token_of("--days", "3")

    page = clerk.get("/sessions/").content.decode()
    secret = reads["Authorization"].split()[1]
    digest = next(row.digest for row in AuthToken.objects.all() if secret.startswith(row.token_key))
    clerk.post("/tokens/end/", {"token": digest})

    assert "只读" in page
    assert "读写" in page
    assert secret not in page
    assert Browser().get("/api/v1/matters/", headers=reads).status_code == 401
    assert AuthToken.objects.count() == 1
    assert list(AccountAct.objects.order_by("pk").values_list("name", flat=True)) == [
        *("token.issued", "token.issued", "token.revoked"),
    ]
