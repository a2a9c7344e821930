"""The second factor: who needs it, how it is set up, that a code works once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken

from common.errors import MissingError
from permissions.errors import SecondFactorError, TooOftenError
from permissions.models import AccountAct, Authenticator, RecoveryCodes, Session
from permissions.services import accounts, own
from tests.permissions.conftest import Browser


def shown(device, *, steps=0):
    """What the phone shows, some half minutes from now."""
    code = TOTP(device.bin_key)
    code.time = time.time() + steps * 30
    return f"{code.token():06d}"


def enrol(user, *, is_passed=False):
    """Set up; returns the device and the recovery codes."""
    device = own.begin_enrolment(actor=user, is_passed=is_passed)
    return own.confirm_enrolment(
        actor=user, code=shown(device), is_passed=is_passed, session_key=None
    )


def test_roles_that_need_one_are_led_to_set_it_up(office, real):
    browser = Browser()
    browser.sign_in("security")

    led = browser.get("/accounts/")
    by_api = browser.get("/api/v1/cases/")
    page = browser.get("/second-factor/enrol/")

    assert led["Location"].startswith("/second-factor/enrol/")
    assert (by_api.status_code, by_api.json()["code"]) == (403, "second-factor")
    assert "data:image/svg+xml" in page.content.decode()
    device = Authenticator.objects.get()
    done = browser.post("/second-factor/enrol/", {"code": shown(device)})
    assert "请收好备用码" in done.content.decode()
    assert browser.get("/accounts/").status_code == 200
    assert browser.get("/api/v1/cases/").status_code == 200


def test_others_and_sample_accounts_need_none(office, real):
    clerk, security = Browser(), Browser()
    clerk.sign_in("clerk")
    assert clerk.get("/sessions/").status_code == 200

    real.LIANBAN_SAMPLE = True
    security.sign_in("security")

    assert security.get("/accounts/").status_code == 200


def test_a_role_given_meanwhile_asks_for_it_at_once(office, real):
    browser = Browser()
    browser.sign_in("clerk")
    real.LIANBAN_SECOND_FACTOR_ROLES = ["window_clerk"]

    assert browser.get("/sessions/")["Location"].startswith("/second-factor/enrol/")


def test_who_has_one_is_asked_at_each_sign_in_whatever_the_role(office):
    device, _codes = enrol(office("clerk"))
    browser = Browser()
    browser.sign_in("clerk")

    led = browser.get("/sessions/")
    wrong = browser.post("/second-factor/", {"code": "000000"})
    by_api = browser.get("/api/v1/cases/")
    Authenticator.objects.update(throttling_failure_count=0)
    key = browser.session.session_key
    right = browser.post("/second-factor/", {"code": shown(device, steps=1), "next": "/sessions/"})

    assert led["Location"] == "/second-factor/?next=%2Fsessions%2F"
    assert wrong.status_code == 422
    assert by_api.json()["code"] == "second-factor"
    assert right["Location"] == "/sessions/"
    assert browser.session.session_key != key
    assert browser.get("/sessions/").status_code == 200


def test_the_password_alone_sets_up_no_other_phone(office):
    enrol(office("clerk"))
    browser = Browser()
    browser.sign_in("clerk")

    for address in ("/second-factor/enrol/", "/second-factor/codes/", "/password/"):
        assert browser.post(address, {"code": "1"})["Location"].startswith("/second-factor/?")
    with pytest.raises(SecondFactorError):
        own.begin_enrolment(actor=office("clerk"), is_passed=False)
    with pytest.raises(SecondFactorError):
        own.renew_codes(actor=office("clerk"), is_passed=False)


def test_a_code_works_once(office):
    device, _codes = enrol(office("clerk"))
    code = shown(device, steps=1)

    first = own.verify_factor(actor=office("clerk"), code=code)
    again = own.verify_factor(actor=office("clerk"), code=code)

    assert first == device
    assert again is None


def test_a_code_works_once_for_two_at_the_same_time(office):
    device, codes = enrol(office("clerk"))
    user = office("clerk")

    def one(code):
        try:
            return own.verify_factor(actor=user, code=code) is not None
        except TooOftenError:
            return False
        finally:
            connection.close()

    for code in (shown(device, steps=1), codes[0]):
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(one, [code] * 4)) == 1


def test_wrong_codes_wait_longer_and_longer(office):
    device, _codes = enrol(office("clerk"))
    user = office("clerk")

    assert own.verify_factor(actor=user, code="000000") is None
    with pytest.raises(TooOftenError) as refused:
        own.verify_factor(actor=user, code=shown(device, steps=1))
    assert refused.value.status == 429

    Authenticator.objects.update(
        throttling_failure_count=9, throttling_failure_timestamp=timezone.now()
    )
    browser = Browser()
    browser.sign_in("clerk")
    answer = browser.post("/second-factor/", {"code": shown(device, steps=1)})
    assert answer.status_code == 429
    assert "256 秒后" in answer.content.decode()


def test_a_recovery_code_works_once_in_any_writing(office):
    _device, codes = enrol(office("clerk"))
    user = office("clerk")

    assert own.verify_factor(actor=user, code=codes[0].upper()) is not None
    assert own.verify_factor(actor=user, code=codes[0]) is None
    RecoveryCodes.objects.update(throttling_failure_count=0)
    assert own.verify_factor(actor=user, code=codes[1].replace("-", " ")) is not None

    used = AccountAct.objects.filter(name="code.used")
    assert [act.data["left"] for act in used.order_by("pk")] == [9, 8]


def test_renewed_codes_take_the_place_of_the_old(office):
    _device, old = enrol(office("clerk"))
    user = office("clerk")

    new = own.renew_codes(actor=user, is_passed=True)

    assert own.verify_factor(actor=user, code=old[0]) is None
    RecoveryCodes.objects.update(throttling_failure_count=0)
    assert own.verify_factor(actor=user, code=new[0]) is not None
    with pytest.raises(MissingError):
        own.renew_codes(actor=office("system"), is_passed=True)


def test_what_opens_it_stands_in_no_table(office):
    device, codes = enrol(office("clerk"))

    kept = {row.token for row in StaticToken.objects.all()}

    assert len(kept) == 10
    assert not any(code.replace("-", "") in kept for code in codes)
    assert device.key == ""
    assert device.bin_key not in bytes(device.secret)


def test_another_phone_takes_the_place_of_the_first_and_ends_other_sessions(office):
    first, _codes = enrol(office("clerk"))
    browser = Browser()
    browser.sign_in("clerk")

    second, _codes = enrol(office("clerk"), is_passed=True)

    assert Authenticator.objects.get() == second
    assert second != first
    assert not Session.objects.filter(user=office("clerk")).exists()


def test_the_security_administrator_takes_it_off(office):
    enrol(office("clerk"))
    browser = Browser()
    browser.sign_in("clerk")

    accounts.reset_factor(actor=office("security"), user_id=office("clerk").pk)

    assert browser.get("/sessions/").status_code == 302
    assert not Authenticator.objects.exists()
    assert not StaticToken.objects.exists()
    browser.sign_in("clerk")
    assert browser.get("/sessions/").status_code == 200


@pytest.mark.parametrize("code", ["", "abc", "１２３４５６", "9" * 40, "\0", "²²²²²²", "-1", "1e5"])
def test_hostile_codes_are_only_wrong(office, code):
    enrol(office("clerk"))
    browser = Browser()
    browser.sign_in("clerk")

    assert browser.post("/second-factor/", {"code": code}).status_code == 422


def test_a_role_that_is_none_is_told_at_start(settings):
    settings.LIANBAN_SECOND_FACTOR_ROLES = ["curator", "auditer"]

    with pytest.raises(SystemCheckError, match="auditer"):
        call_command("check")
