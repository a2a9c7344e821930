"""A household of three to grant things to."""

from dataclasses import dataclass
from datetime import date

import pytest

from common import crypto
from common.identity import check_character
from households.models import Household, Membership, Person
from permissions.models import Division, OrgUnit

VILLAGE = "331125001001"


@dataclass
class Home:
    household: Household
    head: Person
    child: Person
    civil: OrgUnit


def make_person(household: Household, number: int, *, relation: str = "head") -> Person:
    first = f"33112519700101{number:03d}"
    id_number = first + check_character(first)
    person = Person.objects.create(
        person_no=f"P{number:03d}", id_number=crypto.encrypt(id_number),
        id_index=crypto.blind_index(id_number), id_tail=id_number[-4:], name=f"张{number}",
        name_pinyin=f"zhang {number}", sex="male", birth_on=date(1970, 1, 1),
        division_code=household.division_code,
    )  # fmt: skip
    Membership.objects.create(
        person=person, household=household, person_no=person.person_no, relation=relation,
        division_code=household.division_code,
    )  # fmt: skip
    return person


@pytest.fixture
def home(db: None) -> Home:
    Division.objects.create(code="331125001000", name="浮云街道", level="town")
    Division.objects.create(code=VILLAGE, name="中山社区", level="village")
    civil = OrgUnit.objects.create(code="civil", name="民政局", kind="department")
    household = Household.objects.create(
        household_no="H1", division_code=VILLAGE, category="min_living"
    )
    child = make_person(household, 1, relation="child")
    return Home(household, make_person(household, 2), child, civil)
