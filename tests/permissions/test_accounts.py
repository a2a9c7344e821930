"""Accounts and roles, administered by people who are apart."""

import pytest
from django.db import DatabaseError, IntegrityError
from knox.models import AuthToken

from common import clock
from common.errors import ConflictError, DeniedError, InputError, MissingError
from permissions.models import AccountAct, OrgUnit, RoleAssignment, Session, User
from permissions.services import accounts, roles
from tests.permissions.conftest import PASSWORD, Browser, grant

ON_ACCOUNTS = [
    accounts.issue_password,
    accounts.deactivate_account,
    accounts.activate_account,
    accounts.unlock_account,
    accounts.end_sessions,
    accounts.reset_factor,
]


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", ["system", "auditor", "clerk"])
def test_nobody_else_administers_accounts(office, actor):
    whom = office("security2")

    for do in ON_ACCOUNTS:
        with pytest.raises(DeniedError):
            do(actor=office(actor), user_id=whom.pk)
    with pytest.raises(DeniedError):
        accounts.create_account(actor=office(actor), username="new", name="新来")
    with pytest.raises(DeniedError):
        grant(office, actor, "clerk", "helper")
    with pytest.raises(DeniedError):
        roles.end_role(actor=office(actor), assignment_id=RoleAssignment.objects.first().pk)
    assert not AccountAct.objects.exists()


def test_nobody_does_anything_to_oneself(office):
    own = office("security")

    for do in ON_ACCOUNTS:
        with pytest.raises(DeniedError):
            do(actor=own, user_id=own.pk)
    with pytest.raises(DeniedError):
        grant(office, "security", "security", "curator")
    with pytest.raises(DeniedError):
        roles.end_role(actor=own, assignment_id=own.assignments.get().pk)
    assert not AccountAct.objects.exists()


def test_nor_to_another_account_of_the_same_person(office):
    User.objects.filter(username__in=["security", "clerk"]).update(id_index=b"1" * 32)

    with pytest.raises(DeniedError):
        accounts.issue_password(actor=office("security"), user_id=office("clerk").pk)
    with pytest.raises(DeniedError):
        grant(office, "security", "clerk", "helper")


def test_the_database_keeps_no_act_on_oneself_and_changes_none(office):
    user = office("security")
    row = AccountAct.objects.create(
        name="password.changed", user=user, actor=user, at=clock.machine_now()
    )

    with pytest.raises(IntegrityError):
        AccountAct.objects.create(
            name="role.granted", user=user, actor=user, at=clock.machine_now()
        )
    with pytest.raises(DatabaseError, match="only added"):
        AccountAct.objects.update(name="role.granted")
    with pytest.raises(DatabaseError, match="only added"):
        row.delete()


def test_the_security_administrator_sees_no_case_and_a_clerk_no_account(office):
    security, clerk = Browser(), Browser()
    security.sign_in("security")
    clerk.sign_in("clerk")

    listed = security.get("/api/v1/cases/").json()
    home = security.get("/")

    assert listed["results"] == []
    assert home["Location"] == "/accounts/"
    for address in (
        "/accounts/",
        "/accounts/new/",
        "/accounts/acts/",
        f"/accounts/{office('clerk').pk}/",
    ):
        assert clerk.get(address).status_code == 403
    assert clerk.post("/accounts/new/", {"username": "x", "name": "x"}).status_code == 403


def test_the_auditor_reads_what_was_done_and_no_more(office):
    accounts.unlock_account(actor=office("security"), user_id=office("clerk").pk)
    browser = Browser()
    browser.sign_in("auditor")

    assert "解除锁定" in browser.get("/accounts/acts/").content.decode()
    assert browser.get("/accounts/").status_code == 403


# --- accounts ------------------------------------------------------------------------------------


def test_an_account_is_created_with_a_password_shown_once(office):
    browser = Browser()
    browser.sign_in("security")

    page = browser.post("/accounts/new/", {"username": "new.one", "name": "新来", "phone": "1"})

    user = office("new.one")
    shown = page.content.decode().partition('id="issued">')[2].partition("<")[0]
    assert user.check_password(shown)
    assert user.must_change_password
    assert page["Cache-Control"] == "no-store"
    assert shown not in browser.get(f"/accounts/{user.pk}/").content.decode()
    assert [act.name for act in user.acts.all()] == ["account.created"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "CLERK", "name": "x"}, "username"),
        ({"username": "a b", "name": "x"}, "username"),
        ({"username": "", "name": "x"}, "username"),
        ({"username": "fine", "name": " "}, "name"),
    ],
)
def test_an_account_that_cannot_be(office, values, field):
    with pytest.raises((InputError, ConflictError)) as refused:
        accounts.create_account(actor=office("security"), **values)

    assert refused.value.errors[0].field == field
    assert not AccountAct.objects.exists()


def test_an_issued_password_ends_everything_that_was_open(office):
    browser = Browser()
    browser.sign_in("clerk")
    AuthToken.objects.create(office("clerk"))

    issued = accounts.issue_password(actor=office("security"), user_id=office("clerk").pk)

    assert browser.get("/sessions/").status_code == 302
    assert not AuthToken.objects.exists()
    assert Browser().sign_in("clerk").status_code == 422
    assert Browser().sign_in("clerk", issued).status_code == 302
    assert issued not in str(AccountAct.objects.get().data)


def test_who_is_deactivated_comes_back_only_when_activated(office):
    user, security = office("clerk"), office("security")

    accounts.deactivate_account(actor=security, user_id=user.pk)
    assert Browser().sign_in("clerk").status_code == 422
    accounts.activate_account(actor=security, user_id=user.pk)

    assert Browser().sign_in("clerk", PASSWORD).status_code == 302
    assert [act.name for act in user.acts.order_by("pk")] == [
        "account.deactivated",
        "account.activated",
    ]


def test_sessions_and_tokens_are_ended_for_another(office):
    Browser().sign_in("clerk")
    AuthToken.objects.create(office("clerk"))

    accounts.end_sessions(actor=office("security"), user_id=office("clerk").pk)

    assert not Session.objects.exists()
    assert not AuthToken.objects.exists()
    assert AccountAct.objects.get().data == {"sessions": 1, "tokens": 1}


def test_an_account_that_is_not_there(office):
    for do in ON_ACCOUNTS:
        with pytest.raises(MissingError):
            do(actor=office("security"), user_id=0)
    browser = Browser()
    browser.sign_in("security")
    assert browser.get("/accounts/0/").status_code == 404
    assert browser.post("/accounts/0/unlock/").status_code == 404
    assert browser.post(f"/accounts/{office('clerk').pk}/explode/").status_code == 404


# --- pages ---------------------------------------------------------------------------------------


def test_the_list_takes_few_queries_whatever_its_length(office, django_assert_max_num_queries):
    unit = OrgUnit.objects.get(code="fuyun")
    for n in range(40):
        user = User.objects.create(username=f"more{n}", name=f"更多{n}")
        RoleAssignment.objects.create(user=user, org_unit=unit, role="helper")
        RoleAssignment.objects.create(user=user, org_unit=unit, role="window_clerk")
    browser = Browser()
    browser.sign_in("security")
    browser.get("/accounts/")

    with django_assert_max_num_queries(9):
        page = browser.get("/accounts/").content.decode()
    found = browser.get("/accounts/?organisation=fuyun&q=more3").content.decode()

    assert page.count("/accounts/") > 40
    assert "浮云街道" in page
    assert "民政局" in page
    assert found.count("data-row-link") == 11


def test_one_account_takes_few_queries(office, django_assert_max_num_queries):
    for _n in range(25):
        accounts.unlock_account(actor=office("security"), user_id=office("clerk").pk)
    browser = Browser()
    browser.sign_in("security")
    address = f"/accounts/{office('clerk').pk}/"
    browser.get(address)

    with django_assert_max_num_queries(15):
        browser.get(address)


def test_a_refusal_stands_on_the_page_with_what_was_typed(office):
    browser = Browser()
    browser.sign_in("security")

    typed = {"role": "auditor", "organisation": "civil", "starts_on": "", "ends_on": ""}
    answer = browser.post(f"/accounts/{office('system').pk}/roles/", typed)
    wrong_day = browser.post(
        f"/accounts/{office('system').pk}/roles/", typed | {"role": "curator", "ends_on": "soon"}
    )

    assert answer.status_code == 409
    assert "须由不同的人担任" in answer.content.decode()
    assert '<option value="auditor" selected>' in answer.content.decode()
    assert wrong_day.status_code == 422
