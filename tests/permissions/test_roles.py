"""Roles are given and ended with their days, and administrators are different people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from common import clock
from common.errors import ConflictError, InputError
from permissions.models import AccountAct, Division, OrgUnit, Role, RoleAssignment
from permissions.services import roles
from tests.permissions.conftest import grant


def test_a_role_is_given_and_ended_with_its_days(office):
    today = clock.today()

    row = grant(office, "security", "clerk", "helper", organisation="fuyun")
    again = office("clerk").access
    roles.end_role(actor=office("security"), assignment_id=row.pk)

    assert (row.starts_on, row.ends_on, row.division_code) == (today, None, "331125001000")
    assert again.has("helper")
    assert not office("clerk").access.has("helper")
    told = [(act.name, act.data["role"]) for act in AccountAct.objects.order_by("pk")]
    assert told == [("role.granted", "helper"), ("role.ended", "helper")]


def test_a_role_begins_and_ends_on_its_days(office):
    today = clock.today()
    later = {"starts_on": today + timedelta(1), "ends_on": today + timedelta(2)}

    grant(office, "security", "clerk", "curator", **later)

    assert not office("clerk").access.has("curator")
    assert AccountAct.objects.get().data["ends_on"] == str(later["ends_on"])


def test_an_ended_role_may_be_given_again_a_held_one_not(office):
    row = grant(office, "security", "clerk", "curator")
    with pytest.raises(ConflictError):
        grant(office, "security", "clerk", "curator")
    roles.end_role(actor=office("security"), assignment_id=row.pk)
    with pytest.raises(ConflictError):
        roles.end_role(actor=office("security"), assignment_id=row.pk)

    grant(office, "security", "clerk", "curator")

    assert office("clerk").access.has("curator")


def test_the_end_of_a_role_is_not_put_off_by_ending_it(office):
    day = clock.today() + timedelta(5)
    row = grant(office, "security", "clerk", "curator", ends_on=day)

    with pytest.raises(InputError):
        roles.end_role(actor=office("security"), assignment_id=row.pk, ends_on=day + timedelta(1))
    roles.end_role(actor=office("security"), assignment_id=row.pk, ends_on=day - timedelta(1))

    row.refresh_from_db()
    assert row.ends_on == day - timedelta(1)


def test_without_one_county_the_area_is_asked_for(office):
    Division.objects.create(code="331126000000", name="庆元县", level="county")

    with pytest.raises(InputError) as refused:
        grant(office, "security", "clerk", "curator")

    assert refused.value.errors[0].field == "division"


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king"},
        {"organisation": "nowhere"},
        {"division": "999999999999"},
        {"ends_on": clock.machine_now().date() - timedelta(3)},
        {"starts_on": clock.machine_now().date() - timedelta(3)},
    ],
)
def test_a_role_that_cannot_be(office, wrong):
    values = {"role": "curator", "organisation": "civil"} | wrong

    with pytest.raises(InputError):
        roles.grant_role(actor=office("security"), user_id=office("clerk").pk, **values)


@pytest.mark.parametrize(
    ("whom", "role"),
    [
        ("system", "auditor"),
        ("system", "security_admin"),
        ("auditor", "system_admin"),
        ("security2", "auditor"),
        ("security2", "window_clerk"),
        ("clerk", "security_admin"),
    ],
)
def test_administrators_are_different_people(office, whom, role):
    with pytest.raises(ConflictError) as refused:
        grant(office, "security", whom, role)

    assert "不同的人" in str(refused.value.message)
    assert office(whom).assignments.count() == 1


def test_after_the_one_has_ended_the_other_may_begin(office):
    row = office("system").assignments.get()
    day = clock.today() + timedelta(10)
    roles.end_role(actor=office("security"), assignment_id=row.pk, ends_on=day)

    with pytest.raises(ConflictError):
        grant(office, "security", "system", "auditor", starts_on=day - timedelta(1))
    grant(office, "security", "system", "auditor", starts_on=day)

    with pytest.raises(IntegrityError):  # nor by moving a day afterwards
        RoleAssignment.objects.filter(pk=row.pk).update(ends_on=day + timedelta(1))


def test_two_grants_at_the_same_time_make_no_two_administrators(office):
    unit, user = OrgUnit.objects.get(code="civil"), office("clerk")
    user.assignments.all().delete()

    def one(role):
        try:
            RoleAssignment.objects.create(user=user, org_unit=unit, role=role)
            return True
        except IntegrityError:
            return False
        finally:
            connection.close()

    for _n in range(5):
        with ThreadPoolExecutor(3) as pool:
            given = list(pool.map(one, ["system_admin", "security_admin", "auditor"]))
        assert sum(given) == 1
        RoleAssignment.objects.filter(user=user).delete()


def test_a_grant_to_another_administrator_waits_for_none(office):
    """A role that is none of theirs meets no obstacle."""
    grant(office, "security", "system", Role.CURATOR)
    grant(office, "security", "auditor", Role.LEADER)

    assert office("system").access.has("curator")
