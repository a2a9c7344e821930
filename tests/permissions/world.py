"""Cases, tasks, households, findings, leads and stops of two townships, and what is known of
each: where it lies, whose work it is, who opened it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from cases.models import Case
from cases.opening import Wanted
from cases.services.intake import open_case
from common import clock
from households.models import Household
from permissions.models import Division, OrgUnit, User
from screening.models import Correction, Finding, Lead, LeadSource
from tests.factories.county import make_county, make_household, number_of
from tests.permissions.oracle import Thing, Who
from tests.permissions.staff import OTHER_VILLAGE, WUXI, ZHONGSHAN, employ, everybody
from workflows.models import WorkItem

IN_WUXI = f"{WUXI}200"


@dataclass
class Given:
    """One thing with its row."""

    thing: Thing
    row: Any


@dataclass
class World:
    """Everything of one kind by its name: case, task, household, finding, lead, correction."""

    staff: dict[str, Who]
    users: dict[str, User]
    things: dict[str, list[Given]]


def make_world() -> World:
    """Three cases: at home, in Wuxi, and of another village opened at Wuxi's window."""
    county = make_county()
    Division.objects.create(code=OTHER_VILLAGE, name="另一社区", level="village")
    everyone = everybody(clock.today())
    employ(everyone)
    users = {who.username: User.objects.get(username=f"m.{who.username}") for who in everyone}
    things: dict[str, list[Given]] = defaultdict(list)
    villages = (ZHONGSHAN, IN_WUXI, OTHER_VILLAGE)
    homes = [make_household(n + 1, village=village) for n, village in enumerate(villages)]
    openers = ("window_clerk.fuyun", "window_clerk.wuxi", "window_clerk.wuxi")
    matters = (("min_living", "medical_aid", "education_aid"), ("medical_aid",), ("education_aid",))
    for home, opener, codes in zip(homes, openers, matters, strict=True):
        _open(things, users[opener], opener, home, codes)
    _alone(things, make_household(9, village=ZHONGSHAN))
    for given in list(things["household"]):
        _screened(things, given, county["town.fuyun"], users)
    return World({who.username: who for who in everyone}, users, dict(things))


def _open(
    things: dict[str, list[Given]], user: User, opener: str, home: Household, codes: tuple[str, ...]
) -> None:
    head = home.memberships.get(relation="head").person
    case = open_case(
        actor=user,
        id_number=number_of(head),
        matters=[Wanted(code) for code in codes],
        channel="window",
        consent=True,
    )
    # the visit is for who goes to homes
    WorkItem.objects.filter(subject_id=case.pk, step="visit").update(role="helper")
    items = WorkItem.objects.filter(subject_id=case.pk).select_related("org_unit")
    work = [(item, item.org_unit.code, item.role) for item in items]
    about = Thing(
        "case",
        home.division_code,
        frozenset(unit for _item, unit, _role in work),
        frozenset((role, unit) for _item, unit, role in work),
        frozenset({opener}),
    )
    things["case"].append(Given(about, case))
    for item, unit, role in work:
        one = Thing("task", home.division_code, frozenset({unit}), frozenset({(role, unit)}))
        things["task"].append(Given(one, item))
    _alone(things, home, about)


def _alone(things: dict[str, list[Given]], home: Household, *cases: Thing) -> None:
    things["household"].append(Given(Thing("household", home.division_code, cases=cases), home))


def _screened(
    things: dict[str, list[Given]], home: Given, author: User, users: dict[str, User]
) -> None:
    household, now = home.row, clock.now()
    person = household.memberships.get(relation="head").person
    told = {
        "rule": "test",
        "person": person,
        "household": household,
        "division_code": household.division_code,
        "matter": "medical_aid",
        "reason": "两份待遇",
    }
    finding = Finding.objects.create(
        kind="excessive", table="excessive", version=1, row="1", opened_at=now, **told
    )
    place = household.division_code
    things["finding"].append(Given(Thing("finding", place), finding))
    township = OrgUnit.objects.get(code="wuxi" if place == IN_WUXI else "fuyun")
    lead = Lead.objects.create(
        township=township,
        urgency="normal",
        opened_at=now,
        take_by=now + timedelta(days=1),
        visit_by=now + timedelta(days=3),
        **told,
    )
    reporters = {"dept_handler.edu", "recorder"} if place == ZHONGSHAN else set()
    for name in sorted(reporters):
        LeadSource.objects.create(
            lead=lead, channel="school", text="x", at=now, reported_by=users[name]
        )
    things["lead"].append(Given(Thing("lead", place, owners=frozenset(reporters)), lead))
    stop = Correction.objects.create(
        finding=finding,
        org_unit=OrgUnit.objects.get(code="medins"),
        division_code=place,
        opened_at=now,
        opened_by=author,
        due_at=now + timedelta(days=9),
    )
    owned = Thing("correction", place, organisations=frozenset({"medins"}))
    things["correction"].append(Given(owned, stop))


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing; services may open their own transaction in it."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def case_of(row: Any) -> Case:
    """The case of a task."""
    return Case.objects.get(pk=row.subject_id)
