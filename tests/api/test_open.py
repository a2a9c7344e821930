"""Reading a card and opening a case."""

import pytest

from cases.models import Case
from tests.api.client import Api
from tests.factories.county import id_number, make_household, number_of
from tests.robots import together

pytestmark = pytest.mark.django_db(transaction=True)
ALL = [
    "min_living",
    "destitute_support",
    "marginal_household",
    "expenditure_hardship",
    "temporary_aid",
    "medical_aid",
    "education_aid",
    "housing_aid",
    "employment_aid",
    "disaster_aid",
    "disabled_living",
    "disabled_care",
    "child_support",
    "utility_relief",
]


def opening(number, **other):
    return {"id_number": number, "matters": ["min_living"], "channel": "window", "consent": True,
            "in_person": True, **other}  # fmt: skip


def test_the_matters_stand_in_order(clerk):
    found = clerk.get("matters/").data["results"]

    assert [row["code"] for row in found] == ALL
    assert found[0]["lead"] == "civil"
    assert found[0]["limit"] == "18wd"


def test_a_card_brings_the_register_and_no_number(clerk, number, applicant):
    found = clerk.post("applicants/lookup/", {"id_number": number})

    assert found.status == 200
    assert found.data["person"]["person_no"] == applicant.person_no
    assert len(found.data["members"]) == 3
    assert found.data["open_case"] is None
    assert number.encode() not in found.raw


def test_what_is_open_already_is_unsuitable(clerk, number):
    case = clerk.post("cases/", opening(number)).data

    found = clerk.post("applicants/lookup/", {"id_number": number}).data

    assert found["open_case"]["number"] == case["number"]
    [running] = [row for row in found["unsuitable"] if row["code"] == "min_living"]
    assert case["number"] in running["reason"]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (id_number(999), 404, "not-found"),
        ("331125196503120011", 422, "invalid-id-number"),
        ("", 422, "invalid-data"),
        (12, 422, "invalid-data"),
        (None, 422, "invalid-data"),
        ("9" * 5000, 422, "invalid-data"),
    ],
)
def test_a_number_that_nobody_has_or_that_is_none(clerk, sent, status, code):
    found = clerk.post("applicants/lookup/", {"id_number": sent})

    assert (found.status, found.code) == (status, code)
    assert found.headers["Content-Type"] == "application/problem+json"
    assert str(sent or "???").encode() not in found.raw


def test_only_the_desk_looks_people_up(api, number):
    found = api("dept.civil.handler").post("applicants/lookup/", {"id_number": number})

    assert (found.status, found.code) == (403, "not-allowed")


def test_one_case_with_all_fourteen(clerk, number):
    found = clerk.post("cases/", opening(number, matters=ALL))

    assert found.status == 201
    assert [m["code"] for m in found.data["matters"]] == ALL
    assert found.data["in_person_count"] == 1
    assert found.data["number"].startswith("LB")
    assert number.encode() not in found.raw
    assert clerk.get(f"cases/{found.data['id']}/").data == found.data


def test_a_member_is_named_by_number(clerk, household, number):
    child = household.memberships.filter(relation="child").first()

    body = opening(number, matters=[{"code": "child_support", "person_no": child.person_no}])
    found = clerk.post("cases/", body)

    assert found.data["matters"][0]["person_no"] == child.person_no


def test_an_unknown_person_needs_a_name(clerk):
    number = id_number(777)

    refused = clerk.post("cases/", opening(number))
    opened = clerk.post("cases/", opening(number, name="蓝翠花"))

    assert (refused.status, refused.code) == (422, "name-required")
    assert opened.status == 201
    assert opened.data["applicant"]["name"] == "蓝翠花"


def test_an_agent_is_masked(clerk, number):
    other = id_number(555)

    body = opening(number, agent={"id_number": other, "name": "代办", "relation": "邻居"})
    found = clerk.post("cases/", body)

    assert found.data["agent"]["name"] == "代办"
    assert other.encode() not in found.raw


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"matters": ["nothing"]}, "unknown-matter", "matters.0"),
        ({"matters": ["min_living", "min_living"]}, "repeated-matter", "matters.1"),
        ({"matters": []}, "invalid-data", "matters"),
        ({"matters": "min_living"}, "invalid-data", "matters"),
        ({"matters": [3]}, "invalid-data", "matters.0"),
        ({"matters": [{"code": "child_support", "person_no": "P9"}]}, "invalid-data",
         "matters.0.person_no"),
        ({"matters": ["min_living"] * 101}, "invalid-data", "matters"),
        ({"consent": False}, "consent-missing", "consent"),
        ({"consent": "yes"}, "invalid-data", "consent"),
        ({"consent": None}, "invalid-data", "consent"),
        ({"channel": "post"}, "invalid-data", "channel"),
        ({"id_number": "331125196503120011"}, "invalid-id-number", "id_number"),
        ({"agent": {"id_number": "1", "name": "A", "relation": "B"}}, "invalid-id-number", None),
        ({"agent": {"name": "A"}}, "invalid-data", "agent.id_number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_opens_nothing(clerk, number, change, code, field):
    found = clerk.post("cases/", {**opening(number), **change})

    assert (found.status, found.code) == (422, code)
    assert field is None or field in [e["field"] for e in found.data["errors"]]
    assert not Case.objects.exists()


def test_a_second_case_names_the_first(clerk, api, number):
    first = clerk.post("cases/", opening(number)).data

    second = api("window.wuxi").post("cases/", opening(number, matters=["temporary_aid"]))

    assert (second.status, second.code) == (409, "open-case-exists")
    assert second.data["case_number"] == first["number"]


def test_a_matter_open_for_the_household_names_its_case(clerk, household, number):
    first = clerk.post("cases/", opening(number)).data
    other = household.memberships.filter(relation="child").first().person

    second = clerk.post("cases/", opening(number_of(other)))

    assert (second.status, second.code) == (409, "open-matter-exists")
    assert second.data["case_number"] == first["number"]


def test_two_windows_at_the_same_moment(county, number):
    windows = [Api(county[name]) for name in ("window.fuyun", "window2.fuyun", "window.wuxi")]

    found = together(*[lambda w=w: w.post("cases/", opening(number)) for w in windows])

    assert sorted(answer.status for answer in found) == [201, 409, 409]
    assert {a.code for a in found if a.status == 409} == {"open-case-exists"}
    assert Case.objects.count() == 1


def test_departments_do_not_open_cases(api, number):
    found = api("dept.civil.handler").post("cases/", opening(number))

    assert (found.status, found.code) == (403, "not-allowed")


def test_another_household_has_its_own(clerk, number):
    clerk.post("cases/", opening(number))
    other = make_household(2).memberships.get(relation="head").person

    assert clerk.post("cases/", opening(number_of(other))).status == 201
