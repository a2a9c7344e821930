"""代理: a colleague does somebody's work from a day to a day, under the own name."""

from datetime import timedelta

import pytest
from django.test import Client

from cases import audience
from common import clock
from common.errors import ConflictError, InputError, MissingError
from permissions.models import RoleAssignment, Substitution
from permissions.services import substitutes
from workflows.models import WorkItem

pytestmark = pytest.mark.django_db(transaction=True)


def away(county, who="town.fuyun", to="window.fuyun", first=0, last=3):
    today = clock.today()
    return substitutes.name_substitute(
        actor=county[who],
        username=to,
        starts_on=today + timedelta(days=first),
        until=today + timedelta(days=last),
        reason="休假",
    )


def item_of(case, step="means_request"):
    return WorkItem.objects.get(subject_id=case.pk, step=step)


def test_the_colleague_does_the_work_from_the_first_day_to_the_last(api, county, opened):
    item = item_of(opened("min_living"))
    clerk = api("window.fuyun")
    assert clerk.post(f"tasks/{item.pk}/claim/").status == 403

    row = away(county)

    answer = clerk.post(f"tasks/{item.pk}/claim/")
    assert (answer.status, answer.data["assignee"]) == (200, "window.fuyun")
    clerk.post(f"tasks/{item.pk}/release/")
    Substitution.objects.filter(pk=row.pk).update(ends_on=clock.today())
    assert clerk.post(f"tasks/{item.pk}/claim/").status == 403


def test_not_before_it_begins(api, county, opened):
    item = item_of(opened("min_living"))

    away(county, first=1)

    assert api("window.fuyun").post(f"tasks/{item.pk}/claim/").status == 403


def test_not_for_somebody_who_left(api, county, opened):
    item = item_of(opened("min_living"))
    away(county)

    gone = county["town.fuyun"]
    gone.is_active = False
    gone.save()

    assert api("window.fuyun").post(f"tasks/{item.pk}/claim/").status == 403


def test_a_substitute_has_no_substitute_of_their_own(api, county, opened):
    item = item_of(opened("min_living"))
    away(county, "town.fuyun", "window.fuyun")

    away(county, "window.fuyun", "window2.fuyun")

    assert api("window2.fuyun").post(f"tasks/{item.pk}/claim/").status == 403


def test_administrators_have_none(county):
    civil = county["dept.civil.handler"].assignments.get().org_unit
    for user, role in (("supervisor", "curator"), ("dept.civil.approver", "dept_approver")):
        RoleAssignment.objects.get_or_create(user=county[user], org_unit=civil, role=role)

    away(county, "supervisor", "dept.civil.handler")

    held = county["dept.civil.handler"].access
    assert held.has("supervisor")
    assert not held.has("curator")


@pytest.mark.parametrize(
    "told",
    [
        {"to": "town.wuxi"},
        {"to": "town.fuyun"},
        {"to": "nobody"},
        {"first": -1},
        {"last": -1},
        {"last": 400},
    ],
)
def test_it_is_a_colleague_and_ends(county, told):
    with pytest.raises(InputError):
        away(county, **told)


def test_one_at_a_time(county):
    away(county)

    with pytest.raises(ConflictError):
        away(county, to="town2.fuyun", first=2, last=9)

    assert Substitution.objects.count() == 1


def test_who_is_back_ends_it_and_nobody_else(county):
    row = away(county)

    with pytest.raises(MissingError):
        substitutes.end_substitution(actor=county["window.fuyun"], substitution_id=row.pk)
    substitutes.end_substitution(actor=county["town.fuyun"], substitution_id=row.pk)

    assert not county["window.fuyun"].access.has("township_officer")


def test_the_case_says_for_whom_somebody_sees_it(county, opened):
    case = opened("min_living")
    away(county, "town.fuyun", "town2.fuyun")

    whys = {row.why for row in audience.viewers(case) if row.name == "town2.fuyun"}

    assert any("代理 town.fuyun" in why for why in whys)


def test_by_the_page(county):
    browser = Client()
    browser.force_login(county["town.fuyun"])
    day = str(clock.today())

    answer = browser.post(
        "/substitution/",
        {"username": "window.fuyun", "starts_on": day, "until": day, "reason": "开会"},
        follow=True,
    )

    assert "由 <b>window.fuyun</b> 代理" in answer.content.decode()
    assert browser.post("/substitution/", {"username": ""}).status_code == 422
