"""Everybody: each role, at home and elsewhere, over a part and over the whole, past and to come."""

from datetime import date

from permissions.models import OrgUnit, RoleAssignment, User
from tests.permissions.oracle import Post, Who

COUNTY, ELSEWHERE = "331125", "331127"
FUYUN, WUXI = "331125001", "331125201"
ZHONGSHAN, OTHER_VILLAGE = "331125001001", "331125001002"
CIVIL = ("curator", "system_admin", "security_admin")


def everybody(today: date) -> list[Who]:
    """All of them, by name."""
    found = [Who("nobody", ())]
    for unit, place in (("fuyun", FUYUN), ("wuxi", WUXI)):
        for role in ("window_clerk", "township_officer", "township_approver", "helper"):
            found.append(_who(f"{role}.{unit}", Post(role, unit, place, place)))
    for village in (ZHONGSHAN, OTHER_VILLAGE):
        found.append(_who(f"helper.{village}", Post("helper", "fuyun", village, FUYUN)))
        found.append(_who(f"officer.{village}", Post("township_officer", "fuyun", village, FUYUN)))
        found.append(_who(f"leader.{village}", Post("leader", "county_office", village)))
    for unit in ("civil", "medins", "edu", "gas"):
        for role in ("dept_handler", "dept_approver"):
            found.append(_who(f"{role}.{unit}", Post(role, unit, COUNTY)))
    for role in ("supervisor", *CIVIL):
        found.append(_who(role, Post(role, "civil", COUNTY)))
        found.append(_who(f"{role}.elsewhere", _elsewhere(role)))
    found.append(_who("auditor", Post("auditor", "audit", COUNTY)))
    found.append(_who("auditor.elsewhere", _elsewhere("auditor")))
    found.append(_who("recorder", Post("recorder", "hongxi", COUNTY)))
    two = (Post("window_clerk", "wuxi", WUXI, WUXI), Post("dept_handler", "medins", COUNTY))
    found.append(_who("both", *two))
    officer = Post("township_officer", "fuyun", FUYUN, FUYUN)
    found.append(Who("left", (officer,), ends_on=today))
    found.append(Who("comes", (officer,), starts_on=date(2099, 1, 1)))
    return found


def _elsewhere(role: str) -> Post:
    """In the next county."""
    return Post(role, "civil_elsewhere", ELSEWHERE, ELSEWHERE)


def _who(username: str, *posts: Post) -> Who:
    return Who(username, posts)


def employ(everyone: list[Who]) -> None:
    """Rows for everybody, and the organisations that the small county lacks."""
    for code in ("county_office", "audit", "hongxi"):
        OrgUnit.objects.create(code=code, name=code, kind="department")
    OrgUnit.objects.create(
        code="civil_elsewhere", name="elsewhere", kind="department", division_code="331127000000"
    )
    units = dict(OrgUnit.objects.values_list("code", "pk"))
    for who in everyone:
        user = User.objects.create(username=f"m.{who.username}", name=who.username)
        for post in who.posts:
            RoleAssignment.objects.create(
                user=user,
                org_unit_id=units[post.organisation],
                role=post.role,
                division_code=post.place.ljust(12, "0"),
                starts_on=who.starts_on,
                ends_on=who.ends_on,
            )
