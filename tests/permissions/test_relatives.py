"""近亲属: declared, or found in the register, they are barred, and the county visits itself."""

import pytest
from django.db import transaction

from cases import relatives
from cases.models import Relative
from common import crypto
from permissions.models import User
from tests.factories.county import make_household, number_of
from workflows.models import WorkItem

pytestmark = pytest.mark.django_db(transaction=True)
DECLARED = {"username": "town.fuyun", "relation": "兄弟"}


def known_as(county, username, person):
    """The member of staff is this person of the register."""
    User.objects.filter(username=username).update(id_index=crypto.blind_index(number_of(person)))


def item_of(case, step):
    return WorkItem.objects.select_related("org_unit").get(subject_id=case.pk, step=step)


def test_who_is_declared_is_barred(api, opened):
    case = opened("min_living")
    item = item_of(case, "means_request")
    officer = api("town.fuyun")
    officer.post(f"tasks/{item.pk}/claim/")

    answer = api("window.fuyun").post(f"cases/{case.pk}/relatives/", DECLARED)

    assert answer.status == 201
    item.refresh_from_db()
    assert (item.status, item.assignee) == ("ready", None)
    for verb, body in (("claim", None), ("complete", {"data": {}})):
        refused = officer.post(f"tasks/{item.pk}/{verb}/", body)
        assert (refused.status, refused.code) == (403, "related-person")
    refused = officer.post(f"cases/{case.pk}/withdraw/", {"reason": "x"})
    assert (refused.status, refused.code) == (403, "related-person")
    assert officer.get(f"cases/{case.pk}/").status == 200


def test_the_county_makes_the_visit_that_is_still_to_be_made(api, opened):
    case = opened("min_living")
    visit = item_of(case, "visit")
    assert (visit.org_unit.code, visit.role) == ("fuyun", "township_officer")

    api("window.fuyun").post(f"cases/{case.pk}/relatives/", DECLARED)

    visit = item_of(case, "visit")
    assert (visit.org_unit.code, visit.role) == ("civil", "dept_handler")
    assert api("dept.civil.handler").post(f"tasks/{visit.pk}/claim/").status == 200


def test_found_in_the_register_when_the_case_is_opened(api, county, opened, household):
    child = household.memberships.exclude(relation="head").first().person
    known_as(county, "town.fuyun", child)

    case = opened("min_living")

    assert item_of(case, "visit").org_unit.code == "civil"
    item = item_of(case, "means_request")
    refused = api("town.fuyun").post(f"tasks/{item.pk}/claim/")
    assert (refused.status, refused.code) == (403, "related-person")
    assert not Relative.objects.exists()


def test_found_after_it_was_claimed(api, county, opened, household):
    case = opened("min_living")
    item = item_of(case, "means_request")
    officer = api("town.fuyun")
    officer.post(f"tasks/{item.pk}/claim/")

    known_as(county, "town.fuyun", household.memberships.first().person)

    refused = officer.post(f"tasks/{item.pk}/complete/", {"data": {}})
    assert (refused.status, refused.code) == (403, "related-person")


def test_a_clerk_opens_no_case_of_the_own_household(api, county, household, number):
    known_as(county, "window.fuyun", household.memberships.last().person)
    body = {"id_number": number, "matters": ["min_living"], "channel": "window", "consent": True}

    refused = api("window.fuyun").post("cases/", body)

    assert (refused.status, refused.code) == (403, "related-person")
    assert api("window2.fuyun").post("cases/", body).status == 201


def test_a_guardian_is_kin(api, county, opened, household):
    elsewhere = make_household(5).memberships.get(relation="head").person
    known_as(county, "town.fuyun", elsewhere)
    ward = household.memberships.get(relation="head").person
    ward.guardian_no = elsewhere.person_no
    ward.save()

    item = item_of(opened("min_living"), "means_request")

    assert api("town.fuyun").post(f"tasks/{item.pk}/claim/").status == 403


def test_work_is_not_handed_to_a_relative(api, county, opened, household):
    User.objects.filter(username="town2.fuyun").update(name="x")
    known_as(county, "dept.civil.handler2", household.memberships.first().person)
    case = opened("medical_aid", "min_living")
    known_as(county, "dept.medins.handler2", household.memberships.last().person)
    item = item_of(case, "bills")
    handler = api("dept.medins.handler")
    handler.post(f"tasks/{item.pk}/claim/")

    body = {"to": "dept.medins.handler2", "reason": "请假"}
    refused = handler.post(f"tasks/{item.pk}/transfer/", body)

    assert (refused.status, refused.code) == (403, "related-person")


@pytest.mark.parametrize(
    "body", [DECLARED | {"username": "nobody"}, DECLARED | {"relation": " "}, {"relation": "x"}]
)
def test_a_declaration_names_somebody_and_says_why(api, opened, body):
    case = opened("min_living")

    assert api("window.fuyun").post(f"cases/{case.pk}/relatives/", body).status == 422
    assert not Relative.objects.exists()


def test_twice_is_once(api, opened):
    case = opened("min_living")
    for _again in range(2):
        assert api("window.fuyun").post(f"cases/{case.pk}/relatives/", DECLARED).status == 201
    assert Relative.objects.count() == 1


def test_nothing_is_asked_of_the_register_about_staff_it_does_not_know(
    county, opened, django_assert_num_queries
):
    case = opened("min_living")
    officer = county["town.fuyun"]
    with transaction.atomic(), django_assert_num_queries(0):
        assert not relatives.is_found(officer, case.pk)
