"""The matters' tables at the desk and in a decision."""

from datetime import date

import pytest
from django.test import Client

from cases.models import Case, Outcome
from cases.services.applicants import look_up
from households.models import Household, Membership, Person
from tests import robots
from tests.factories.county import make_household, number_of

pytestmark = pytest.mark.django_db(transaction=True)
POOR = {
    "category": "min_living", "income_month": 1200, "assets": 0, "homes": 1, "vehicles": 0,
    "vehicles_value": 0, "companies": 0,
}  # fmt: skip
DISABLED = {
    "disability_category": "physical", "disability_grade": 3, "disability_from": date(2020, 1, 1),
    "disability_to": date(2099, 1, 1), "hukou_division": "331125001001", "care_level": "self",
}  # fmt: skip


def change(row: Household | Person, **fields) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def head_of(household: Household) -> Person:
    return household.memberships.get(relation="head").person


def advice(county, household: Household) -> tuple[dict, dict]:
    """Suggested and unsuitable, by matter and person."""
    found = look_up(actor=county["window.fuyun"], id_number=number_of(head_of(household)))
    return tuple(
        {(row["code"], row["person_no"]): row for row in found[name]}
        for name in ("suggested", "unsuitable")
    )


def test_what_a_table_grants_is_suggested_with_sum_and_article(county):
    household = make_household(5, size=1)
    change(household, **POOR)
    change(head_of(household), **DISABLED)

    suggested, _unsuitable = advice(county, household)

    living = suggested["disabled_living", "P000050"]
    assert living["amount"] == "330.00"
    assert "国发〔2015〕52号" in living["article"]
    assert living["reason"]


def test_what_a_table_refuses_says_why_and_what_would_change_it(county):
    household = make_household(5, size=1)
    change(household, **POOR)
    change(head_of(household), **DISABLED | {"school_stage": "none"})

    _suggested, unsuitable = advice(county, household)

    school = unsuitable["education_aid", "P000050"]
    assert "浙江省社会救助条例" in school["reason"]
    assert school["would_change"] == "以下情况有变化时可以重新判断：就学阶段现为不在学"


def test_what_cannot_be_told_is_neither(county):
    household = make_household(5, size=1)  # the register knows next to nothing

    suggested, unsuitable = advice(county, household)

    assert ("disabled_care", "P000050") not in suggested
    assert ("disabled_care", "P000050") not in unsuitable


def test_a_child_of_the_house_is_advised_on_its_own(county):
    household = make_household(5, size=2)
    change(household, **POOR)
    child = Membership.objects.get(person_no="P000051").person
    change(child, school_stage="university", birth_on=date(2006, 5, 1), **DISABLED)
    change(head_of(household), school_stage="none", **DISABLED)

    suggested, unsuitable = advice(county, household)

    assert ("education_aid", "P000051") in suggested
    assert ("education_aid", "P000050") in unsuitable


def test_a_decision_keeps_what_the_table_said(opened, household):
    change(household, **POOR)
    change(head_of(household), **DISABLED)
    case = opened("disabled_living")

    robots.finish(case)

    why = Outcome.objects.get(matter__case=case).why
    assert (why["table"], why["result"]) == ("disabled_living/eligibility", "eligible")
    assert why["row"]
    assert why["article"]
    assert why["amount"] == "330.00"
    assert why["facts"]["category"] == "min_living"
    assert why["facts"]["certificate_valid"] is True
    assert why["missing"] == []
    assert why["would_change"] == "以下情况有变化时可以重新判断：救助类别现为低保"
    assert why["answers"]["decision"] == "approved"


def test_the_officer_decides_where_the_table_cannot_tell(opened, household):
    case = opened("disabled_living")

    robots.finish(case)

    outcome = Outcome.objects.get(matter__case=case)
    assert outcome.outcome == "approved"
    assert outcome.why["row"] is None
    assert outcome.why["missing"]


def test_the_page_opens_why(county, opened, household):
    change(household, **POOR)
    change(head_of(household), **DISABLED)
    case: Case = opened("disabled_living")
    robots.finish(case)
    client = Client()
    client.force_login(county["window.fuyun"])

    page = client.get(f"/cases/{case.pk}/").content.decode()

    assert '<details class="why">' in page
    assert "国发〔2015〕52号" in page
    assert "救助类别" in page
