"""Wrong passwords close a name for a while, whether anybody has it or not."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.utils import timezone

from permissions import lockout
from permissions.services import accounts
from tests.permissions.conftest import Browser


@pytest.fixture(autouse=True)
def _three(settings):
    settings.AXES_FAILURE_LIMIT = 3


def fail(username, times, address="10.0.0.1"):
    return [Browser(address).sign_in(username, "wrong").status_code for _n in range(times)]


@pytest.mark.parametrize("username", ["clerk", "nobody"])
def test_the_third_wrong_password_closes_a_name_known_or_not(office, username):
    answers = fail(username, 4)

    answer = Browser().sign_in(username)
    assert answers == [422, 422, 423, 423]
    assert answer.status_code == 423
    assert answer["Retry-After"] == "900"
    assert "已暂时锁定" in answer.content.decode()
    assert "_auth_user_id" not in Browser().session


def test_the_closed_page_is_the_same_for_both(office):
    fail("clerk", 3)
    fail("nobody", 3)

    known, unknown = Browser().sign_in("clerk"), Browser().sign_in("nobody")

    def plain(answer):  # without the CSRF token
        return answer.status_code, re.sub(r"\w{64}", "", answer.content.decode())

    assert plain(known) == plain(unknown)


def test_another_address_is_closed_only_after_four_times_as_many(office):
    fail("clerk", 3)
    assert Browser("10.0.0.9").sign_in("clerk").status_code == 302

    for n in range(4):
        fail("clerk", 3, f"10.0.1.{n}")

    assert Browser("10.0.0.9").sign_in("clerk").status_code == 423


def test_another_name_at_the_same_address_stays_open(office):
    fail("clerk", 3)

    assert Browser().sign_in("system").status_code == 302


def test_the_right_password_forgets_the_wrong_ones(office):
    fail("clerk", 2)
    Browser().sign_in("clerk")

    assert fail("clerk", 2) == [422, 422]


def test_it_opens_by_itself_after_a_while_and_is_not_prolonged_by_knocking(office):
    fail("clerk", 3)
    at = AccessAttempt.objects.get().attempt_time
    fail("clerk", 2)
    assert AccessAttempt.objects.get().attempt_time == at

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))

    assert Browser().sign_in("clerk").status_code == 302


def test_the_security_administrator_unlocks(office):
    fail("clerk", 3)
    assert lockout.locked(["clerk", "system"]) == {"clerk"}

    accounts.unlock_account(actor=office("security"), user_id=office("clerk").pk)

    assert lockout.locked(["clerk"]) == set()
    assert Browser().sign_in("clerk").status_code == 302


def test_hostile_names_are_only_wrong(office):
    for name in ("\0clerk\0x", "a" * 5000, "' OR 1=1 --", "%00", "", "𠮷" * 80):
        assert Browser().sign_in(name, "x").status_code in {422, 423}


def test_a_forged_forwarded_address_does_not_help(office, settings):
    def tried(n, **more):
        return Browser(HTTP_X_FORWARDED_FOR=f"10.9.9.{n}", **more).sign_in("clerk", "wrong")

    assert [tried(n).status_code for n in range(3)] == [422, 422, 423]

    settings.LIANBAN_PROXIES = ["10.0.0.1"]  # which adds the true address at the end
    AccessAttempt.objects.all().delete()
    forged = [
        Browser(HTTP_X_FORWARDED_FOR=f"10.9.9.{n}, 203.0.113.7")
        .sign_in("clerk", "wrong")
        .status_code
        for n in range(3)
    ]
    assert forged == [422, 422, 423]
    assert str(AccessAttempt.objects.get().ip_address) == "203.0.113.7"


def test_many_at_once_are_all_counted(office):
    def one(_n):
        try:
            return Browser().sign_in("clerk", "wrong").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(12)))

    assert set(answers) <= {422, 423}
    assert Browser().sign_in("clerk").status_code == 423
    assert answers.count(423) >= 3
