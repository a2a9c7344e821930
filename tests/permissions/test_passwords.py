"""Passwords: how they are kept, what they must be, when they are due."""

import re
from datetime import timedelta
from io import StringIO
from time import perf_counter

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.utils import timezone

from common.errors import InputError
from permissions import passwords
from permissions.models import AccountAct, Session, User
from permissions.services import accounts, own
from tests.permissions.conftest import PASSWORD, Browser

ARGON = ["permissions.hashers.Argon2"]


def change(user, new, again=None):
    return own.change_password(
        actor=user, new=new, again=new if again is None else again, session_key=None
    )


def test_they_are_hashed_by_argon2_outside_the_tests():
    from config import settings as real

    assert "Argon2" in real.PASSWORD_HASHERS[0]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("Ab3-efgh", "至少"),
        ("onlysmallletters", "三种"),
        ("lettersand12345", "三种"),
        ("clerk-Clerk-77", "用户名"),
        ("Password123", "很多人"),
        (PASSWORD, "最近五次"),
    ],
)
def test_a_weak_password_is_refused_and_the_old_one_stays(office, new, why):
    with pytest.raises(InputError) as refused:
        change(office("clerk"), new)

    assert why in " ".join(row.message for row in refused.value.errors)
    assert office("clerk").check_password(PASSWORD)


def test_two_that_differ_are_refused(office):
    with pytest.raises(InputError) as refused:
        change(office("clerk"), "Quiet-River-81", "Quiet-River-82")

    assert refused.value.errors[0].field == "again"


def test_none_of_the_last_five_may_come_back_but_the_sixth_may(office):
    taken = [f"Quiet-River-8{n}" for n in range(6)]
    for new in taken:
        change(office("clerk"), new)

    for used in taken[1:]:
        with pytest.raises(InputError):
            change(office("clerk"), used)
    change(office("clerk"), taken[0])

    assert office("clerk").check_password(taken[0])
    assert office("clerk").used_passwords.count() == passwords.REMEMBERED


def test_a_change_is_kept_and_ends_the_other_sessions(office):
    here, there = Browser(), Browser("10.0.0.2")
    here.sign_in("clerk")
    there.sign_in("clerk")
    new = {"current": PASSWORD, "new": "Quiet-River-81", "again": "Quiet-River-81"}

    answer = here.post("/password/", new)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert here.get("/sessions/").status_code == 200
    assert there.get("/sessions/").status_code == 302
    assert AccountAct.objects.get().name == "password.changed"
    assert Session.objects.filter(user=office("clerk")).count() == 1


def test_the_present_password_is_asked_for_and_wrong_ones_lock(office, settings):
    settings.AXES_FAILURE_LIMIT = 3
    browser = Browser()
    browser.sign_in("clerk")
    wrong = {"current": "guess", "new": "Quiet-River-81", "again": "Quiet-River-81"}

    answers = [browser.post("/password/", wrong).status_code for _n in range(4)]

    assert answers == [422, 422, 423, 423]
    assert office("clerk").check_password(PASSWORD)


def test_an_issued_password_must_be_changed_before_anything_else(office):
    issued = accounts.issue_password(actor=office("security"), user_id=office("clerk").pk)
    browser = Browser()
    browser.sign_in("clerk", issued)

    led = browser.get("/sessions/")
    by_htmx = browser.get("/sessions/", headers={"HX-Request": "true"})
    by_api = browser.get("/api/v1/cases/")
    browser.post(
        "/password/", {"current": issued, "new": "Quiet-River-81", "again": "Quiet-River-81"}
    )

    assert led["Location"] == "/password/?next=%2Fsessions%2F"
    assert by_htmx["HX-Redirect"] == "/password/"
    assert (by_api.status_code, by_api.json()["code"]) == (403, "not-allowed")
    assert browser.get("/sessions/").status_code == 200


def test_a_password_is_due_after_its_days_outside_samples(office, real):
    user = office("clerk")
    browser = Browser()
    browser.sign_in("clerk")
    assert browser.get("/sessions/").status_code == 200

    user.password_set_at = timezone.now() - timedelta(days=90, seconds=1)
    user.save()

    assert browser.get("/sessions/")["Location"].startswith("/password/")
    real.LIANBAN_PASSWORD_DAYS = 0
    assert browser.get("/sessions/").status_code == 200


def test_sample_accounts_sign_in_without_a_change(office):
    User.objects.filter(username="clerk").update(password_set_at=None)
    browser = Browser()

    browser.sign_in("clerk")

    assert browser.get("/sessions/").status_code == 200


def test_made_up_passwords_keep_the_rules(office):
    made = {passwords.made_up() for _n in range(50)}

    for password in made:
        change(office("clerk"), password)

    assert len(made) == 50


def test_the_console_issues_the_first_way_in(office):
    out = StringIO()

    call_command("issue_password", "security", stdout=out)

    user = office("security")
    assert user.check_password(out.getvalue().strip())
    assert user.must_change_password
    with pytest.raises(CommandError) as refused:
        call_command("issue_password", "nobody")
    assert refused.value.returncode == 2


def test_an_unknown_name_costs_as_much_and_looks_the_same(office, settings):
    settings.PASSWORD_HASHERS, settings.AXES_FAILURE_LIMIT = ARGON, 1000
    User.objects.update(password=make_password(PASSWORD))
    User.objects.filter(username="auditor").update(is_active=False)
    User.objects.filter(username="system").update(password=make_password(None))
    names = ("clerk", "nobody", "auditor", "system")

    seconds, pages = {name: [] for name in names}, {}
    for _n in range(7):
        for name in names:
            began = perf_counter()
            answer = Browser().sign_in(name, "Wrong-Password-1")
            seconds[name].append(perf_counter() - began)
            page = re.sub(r"\w{64}", "", answer.content.decode())  # without the CSRF token
            pages[name] = (answer.status_code, page.replace(f'value="{name}"', ""))

    least = {name: min(found) for name, found in seconds.items()}
    assert all(least[name] > least["clerk"] * 0.6 for name in names), least
    assert all(least[name] < least["clerk"] * 1.6 for name in names), least
    assert set(pages.values()) == {pages["clerk"]}
    assert pages["clerk"][0] == 422
