"""Sign-in by an identity provider that runs beside the tests, and by what is none."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from permissions import oidc
from permissions.models import Authenticator, User
from tests.permissions.conftest import Browser
from tests.permissions.test_second_factor import enrol, shown


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Its address; it ends with the module."""
    program = Path(__file__).with_name("provider.py")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def told(provider: str, office: Any, settings: Any) -> Callable[..., None]:
    """This installation knows the provider; says what shall go wrong there."""
    from tests.permissions import provider as program

    settings.LIANBAN_OIDC_ISSUER = provider
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = program.CLIENT, program.SECRET
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "permissions.oidc.Backend",
    ]
    oidc.described.cache_clear()

    def fault(**what: Any) -> None:
        httpx.post(f"{provider}/fault", json=what)

    fault()
    return fault


def go_and_return(browser: Browser, **changed: str) -> Any:
    """What a browser does; changed: parameters of the way back."""
    leave = browser.get("/oidc/?next=/sessions/")
    assert leave.status_code == 302, leave.content.decode()
    back = httpx.get(leave["Location"]).headers["Location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    return browser.get("/oidc/return/", query | changed)


def is_signed_in(browser: Browser) -> bool:
    return bool(browser.get("/sessions/").status_code == 200)


def test_it_is_off_unless_configured(office):
    browser = Browser()

    assert browser.get("/oidc/").status_code == 404
    assert browser.get("/oidc/return/?code=x&state=y").status_code == 404
    assert "统一身份" not in browser.get("/sign-in/").content.decode()


def test_an_existing_account_signs_in_with_the_roles_it_has_here(told, office):
    told(roles=["security_admin"], groups=["admin"], email="x@example.org")
    browser = Browser()
    key = browser.session.session_key
    assert "统一身份" in browser.get("/sign-in/").content.decode()

    answer = go_and_return(browser)

    assert answer["Location"] == "/sessions/"
    assert is_signed_in(browser)
    assert browser.session.session_key != key
    assert [a.role for a in office("clerk").assignments.all()] == ["window_clerk"]
    assert User.objects.count() == 5


@pytest.mark.parametrize(
    "fault",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["lianban", "another"]},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"exp": -3600},
        {"exp": None},
        {"iat": 3600},
        {"key": "other"},
        {"alg": "none"},
        {"preferred_username": "nobody"},
        {"preferred_username": None},
        {"preferred_username": ""},
        {"preferred_username": "CLERK"},
        {"preferred_username": ["clerk"]},
    ],
    ids=str,
)
def test_a_token_with_a_fault_signs_nobody_in(told, fault):
    told(**fault)
    browser = Browser()

    answer = go_and_return(browser)

    assert answer.status_code == 403
    assert "没有登录成功" in answer.content.decode()
    assert not is_signed_in(browser)
    assert User.objects.count() == 5


@pytest.mark.parametrize("changed", [{"state": "planted"}, {"code": "guessed"}])
def test_a_way_back_that_nobody_began_is_refused(told, changed):
    browser = Browser()

    assert go_and_return(browser, **changed).status_code == 403
    assert not is_signed_in(browser)


def test_a_code_is_taken_back_once_and_only_by_its_browser(told):
    browser, other = Browser(), Browser()
    leave = browser.get("/oidc/")
    back = urlsplit(httpx.get(leave["Location"]).headers["Location"])

    assert other.get(f"{back.path}?{back.query}").status_code == 403
    assert browser.get(f"{back.path}?{back.query}").status_code == 302
    Browser.sign_in(browser, "clerk")
    assert browser.get(f"{back.path}?{back.query}").status_code == 403


def test_who_is_deactivated_stays_out_and_goes_out(told, office):
    browser = Browser()
    go_and_return(browser)
    assert is_signed_in(browser)

    User.objects.filter(username="clerk").update(is_active=False)

    assert not is_signed_in(browser)
    assert go_and_return(Browser()).status_code == 403


def test_ones_own_second_factor_is_asked_after_it(told, office):
    device, _codes = enrol(office("clerk"))
    browser = Browser()
    go_and_return(browser)

    assert browser.get("/sessions/")["Location"].startswith("/second-factor/")
    browser.post("/second-factor/", {"code": shown(device, steps=1)})

    assert is_signed_in(browser)


def test_required_roles_set_one_up_but_no_password_is_due(told, office, real):
    User.objects.update(password_set_at=None)
    clerk, security = Browser(), Browser()
    go_and_return(clerk)
    told(preferred_username="security")
    go_and_return(security)

    assert is_signed_in(clerk)
    assert security.get("/accounts/")["Location"].startswith("/second-factor/enrol/")
    assert not Authenticator.objects.exists()


def test_a_provider_that_is_away_hinders_no_password(told, settings):
    settings.LIANBAN_OIDC_ISSUER = "http://127.0.0.1:9"
    browser = Browser()

    assert browser.get("/oidc/").status_code == 403
    assert browser.sign_in("clerk").status_code == 302
    assert is_signed_in(browser)


def test_the_provider_has_no_say_at_the_password_page(told):
    browser = Browser()

    answer = browser.post("/sign-in/?code=x&state=y", {"username": "clerk", "password": "wrong"})

    assert answer.status_code == 422


def test_refusals_of_the_provider_lock_nobody_out(told, office, settings):
    settings.AXES_FAILURE_LIMIT = 2
    told(preferred_username="nobody")
    for _n in range(3):
        assert go_and_return(Browser()).status_code == 403

    told()
    assert go_and_return(Browser()).status_code == 302
