"""Every role × object × action × organisation and division, over HTTP: no leak, no false refusal.

What is expected is worked out from the declaration in plain Python (`oracle.py`); what happens is
the product's SQL behind its real addresses. Each cell is undone.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.html import escape

from cases import audience, catalogue, hooks
from cases.models import Case
from cases.services import materials
from common import calendar, clock
from permissions.declaration import declared
from permissions.models import User
from tests.api.papers import PDF
from tests.factories.county import make_household, number_of
from tests.permissions.calls import CALLS, OPEN_CALLS, Call, Caller
from tests.permissions.oracle import Thing, Who, may
from tests.permissions.staff import ZHONGSHAN, everybody
from tests.permissions.world import Given, World, make_world, undone

pytestmark = pytest.mark.django_db
EVERYBODY = [who.username for who in everybody(date(2026, 1, 1))]
SEE = {"case": "case.see", "task": "task.see", "household": "household.see"} | {
    kind: f"{kind}.see" for kind in ("finding", "lead", "correction")
}
Score = Callable[[str, object], None]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all: no cell leaves anything in it."""
    with django_db_blocker.unblock():
        _forget()
        try:
            made = make_world()
            _papers(made)
            yield made
        finally:
            call_command("flush", verbosity=0, interactive=False)
            _forget()


def _forget() -> None:
    calendar.forget_declared()
    hooks.org_unit_id.cache_clear()
    catalogue.forget()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def _papers(world: World) -> None:
    """A paper in each case."""
    from io import BytesIO

    for given in world.things["case"]:
        owner = next(iter(given.thing.owners))
        given.row.paper = materials.add_material(
            actor=world.users[owner],
            case_id=given.row.pk,
            kind="id_card",
            name="a.pdf",
            content=BytesIO(PDF),
        )


def expected(who: Who, action: str, thing: Thing) -> str:
    today = clock.today()
    if may(who, action, thing, today):
        return "yes"
    return "denied" if may(who, SEE[thing.kind], thing, today) else "missing"


@pytest.mark.parametrize("username", EVERYBODY)
def test_each_thing_each_way(world: World, username: str, record_property: Score) -> None:
    who, caller = world.staff[username], Caller(world.users[username])

    wrong, cells = [], 0
    for call, given in _cells(world):
        with undone():
            found = call.verdict(caller, given.row)
        cells += 1
        if found != expected(who, call.action, given.thing):
            where = (call.action, call.name, given.thing.place)
            wrong.append((*where, found, expected(who, call.action, given.thing)))

    assert wrong == []
    record_property("cells", cells)


def _cells(world: World) -> Iterator[tuple[Call, Given]]:
    for call in CALLS:
        for given in world.things[call.kind]:
            yield call, given


@pytest.mark.parametrize("username", EVERYBODY)
def test_lists_and_counts_hold_exactly_what_is_seen(world: World, username: str) -> None:
    who, caller = world.staff[username], Caller(world.users[username])

    def seen(kind: str, action: str = "") -> list[Given]:
        today = clock.today()
        rows = world.things[kind]
        return [given for given in rows if may(who, action or SEE[kind], given.thing, today)]

    def ids(kind: str) -> set[int]:
        return {given.row.pk for given in seen(kind)}

    assert caller.ids("cases/?limit=100", "id") == ids("case")
    assert caller.ids("tasks/?limit=100", "id") == ids("task")
    assert caller.ids("screening/findings/?limit=100", "id") == ids("finding")
    assert caller.ids("leads/?limit=100", "id") == ids("lead")
    assert caller.ids("screening/corrections/?limit=100", "id") == ids("correction")
    homes = {given.row.household_no for given in seen("household")}
    assert caller.ids("households/?limit=100", "household_no") == homes
    to_do = {given.row.pk for given in seen("task", "task.do")}
    assert caller.ids("tasks/?limit=100&claimable=true", "id") == to_do

    for address, kind, at in (
        ("/cases/?view=all", "case", "/cases/{}/"),
        ("/findings/", "finding", "/findings/{}/"),
        ("/corrections/", "correction", "/corrections/{}/"),
    ):
        _insist(caller.page(address), world.things[kind], ids(kind), at)
    _counts(caller, seen("case"), homes, len(to_do))


def _insist(page: Any, every: list[Given], seen: set[int], at: str) -> None:
    text = page.content.decode()
    assert page.status_code == 200
    shown = {given.row.pk for given in every if f'"{at.format(given.row.pk)}"' in text}
    assert shown == seen


def _counts(caller: Caller, cases: list[Given], homes: set[str], to_do: int) -> None:
    """What is found by a search, and how much the work list says there is to take."""
    found = caller.form("/find/", {"q": "测试"}).content.decode()
    numbers = {given.row.number for given in cases}
    assert {n for n in numbers if escape(n) in found} == numbers
    shown = caller.page("/tasks/").context["chips"]
    assert next(chip.count for chip in shown if chip.code == "claimable") == to_do
    listed = caller.page("/households/").context["page"].paginator.count
    assert listed == len(homes)


@pytest.mark.parametrize("username", EVERYBODY)
def test_what_is_open_to_a_role(world: World, username: str) -> None:
    who, caller = world.staff[username], Caller(world.users[username])
    with undone():
        stranger = make_household(77, village=ZHONGSHAN)
        number = number_of(stranger.memberships.get(relation="head").person)

        for call in OPEN_CALLS:
            with undone():
                found = call.verdict(caller, number)
            allowed = may(who, call.action, None, clock.today())
            assert found == ("yes" if allowed else "denied"), (call.name, found)


def test_the_page_that_says_who_sees_a_case_says_what_the_database_does(world: World) -> None:
    """For everybody: among the viewers, or not."""
    for given in world.things["case"]:
        told = {row.user_id for row in audience.viewers(given.row)}
        for user in User.objects.all():
            seen = Case.objects.visible_to(user).filter(pk=given.row.pk).exists()
            assert (user.pk in told) == seen, user.username


def test_every_declared_action_is_tried() -> None:
    """An action that nobody tries would be a promise that nobody keeps."""
    tried = {call.action for call in [*CALLS, *OPEN_CALLS]} | set(SEE.values())
    elsewhere = {"lead.see_facts", "household.see_means", "policy.read", "policy.owe_reading"}
    later = {"rule.publish"}

    assert set(declared()) - tried - elsewhere - later == set()
