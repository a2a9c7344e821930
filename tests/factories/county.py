"""A small county to test in: two townships, the departments, staff of every kind, one household."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cases.services.packages import deploy_packages
from common import crypto
from households.models import Household, Membership, Person
from permissions.models import Division, OrgUnit, Role, RoleAssignment, User

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
DEPARTMENTS = [
    *("civil", "medins", "edu", "housing", "hr", "emergency", "development", "disabled"),
    *("finance", "natural_resources", "farm", "health", "power", "water_supply", "gas"),
    "broadcast",
]
TOWNSHIPS = {"fuyun": "331125001000", "wuxi": "331125201000"}
AT_TOWNSHIP = {
    "window": Role.WINDOW_CLERK,
    "window2": Role.WINDOW_CLERK,
    "town": Role.TOWNSHIP_OFFICER,
    "town2": Role.TOWNSHIP_APPROVER,
    "visit": Role.HELPER,
}
AT_DEPARTMENT = {
    "handler": Role.DEPT_HANDLER,
    "handler2": Role.DEPT_HANDLER,
    "approver": Role.DEPT_APPROVER,
    "approver2": Role.DEPT_APPROVER,
}


@dataclass
class County:
    """What tests reach for."""

    users: dict[str, User]

    def __getitem__(self, username: str) -> User:
        # a fresh row: its roles are read anew
        return User.objects.get(username=username)


def make_county() -> County:
    """Divisions, organisations, staff and the deployed packages."""
    Division.objects.bulk_create(
        [
            Division(code="331125000000", name="云和县", level="county"),
            Division(code="331125001000", name="浮云街道", level="town"),
            Division(code="331125201000", name="雾溪畲族乡", level="town"),
            Division(code="331125001001", name="中山社区", level="village"),
            Division(code="331125201200", name="雾溪村委会", level="village"),
        ]
    )
    users: dict[str, User] = {}
    for code in DEPARTMENTS:
        unit = OrgUnit.objects.create(code=code, name=code, kind="department")
        for suffix, role in AT_DEPARTMENT.items():
            _staff(users, f"dept.{code}.{suffix}", unit, role, "331125000000")
    for code, division in TOWNSHIPS.items():
        unit = OrgUnit.objects.create(code=code, name=code, kind="township", division_code=division)
        for prefix, role in AT_TOWNSHIP.items():
            _staff(users, f"{prefix}.{code}", unit, role, division)
    civil = OrgUnit.objects.get(code="civil")
    _staff(users, "supervisor", civil, Role.SUPERVISOR, "331125000000")
    deploy_packages([BPMN / "matters", BPMN / "shared", BPMN / "rules"])
    return County(users)


def _staff(users: dict[str, User], username: str, unit: OrgUnit, role: str, division: str) -> None:
    user = users[username] = User.objects.create(username=username, name=username)
    RoleAssignment.objects.create(user=user, org_unit=unit, role=role, division_code=division)


def id_number(serial: int, birth: str = "19650312") -> str:
    """A valid number of nobody: place 331125, a birth date, a serial, its check digit."""
    body = f"331125{birth}{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def make_household(serial: int = 1, *, village: str = "331125001001", size: int = 3) -> Household:
    """A household on the register with its head and other members."""
    no = f"H{serial:06d}"
    household = Household.objects.create(household_no=no, division_code=village)
    for n in range(size):
        make_person(household, serial * 10 + n, relation="head" if n == 0 else "child")
    return household


def make_person(household: Household, serial: int, *, relation: str = "child") -> Person:
    """A member of a household."""
    number = id_number(serial % 1000, birth=f"19{60 + serial // 1000 % 30}0312")
    person = Person.objects.create(
        person_no=f"P{serial:06d}",
        id_number=crypto.encrypt(number),
        id_index=crypto.blind_index(number),
        id_tail=number[-4:],
        name=f"测试{serial}",
        name_pinyin=f"ceshi{serial}",
        birth_on=date(1965, 3, 12),
        division_code=household.division_code,
    )
    Membership.objects.create(
        person=person,
        household=household,
        person_no=person.person_no,
        relation=relation,
        division_code=household.division_code,
    )
    return person


def number_of(person: Person) -> str:
    """The person's identity number, as a card reader would type it."""
    return crypto.decrypt(person.id_number)
