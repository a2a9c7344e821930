"""Which cases the robots open: households of the sample county and a mix of matters."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from cases import catalogue
from cases.models import Case, Matter
from common import clock
from households.models import Household, Membership, Person
from permissions.models import OrgUnit

ALL_MATTERS_EVERY = 10  # each tenth case asks for everything
# whom of a household a matter for one person is asked for, where somebody fits
SUITS: dict[str, Callable[[Person, date], bool]] = {
    "child_support": lambda person, today: age(person.birth_on, today) < 18,
    "destitute_support": lambda person, today: age(person.birth_on, today) >= 60,
    "disabled_care": lambda person, _today: person.disability_grade is not None,
    "disabled_living": lambda person, _today: person.disability_grade is not None,
    "education_aid": lambda person, _today: person.school_stage not in ("", "none"),
    "employment_aid": lambda person, today: 18 <= age(person.birth_on, today) < 60,
    "medical_aid": lambda person, _today: bool(person.severe_illness),
}
CHANNELS = ("window", "window", "window", "online", "township", "proactive")


@dataclass(frozen=True)
class Plan:
    """One case to open: the request's body, and who sends it."""

    index: int
    township: str
    household_no: str
    body: dict[str, Any]


def make_plans(count: int, seed: int, *, first: int = 0, whole: bool = False) -> list[Plan]:
    """Plans for so many free households, fewer where there are no more; the same for a seed.

    first: number of the first plan; whole: every case asks for all matters.
    """
    rng = random.Random(f"{seed}/{first}")  # noqa: S311 - made-up cases
    free = list(free_households().values_list("pk", flat=True))
    chosen = rng.sample(free, min(count, len(free)))
    towns = _towns()
    plans = []
    for index, pk in enumerate(chosen, start=first):
        plan = _plan(index, Household.objects.get(pk=pk), seed, towns, whole=whole)
        if plan is not None:
            plans.append(plan)
    return plans


def plan_for(household: Household, seed: int) -> Plan | None:
    """The plan of one household that asks for everything at the window."""
    plan = _plan(0, household, seed, _towns(), whole=True)
    if plan is not None:
        plan.body.update(channel="window", in_person=True)
    return plan


def free_households() -> QuerySet[Household]:
    """Households that nothing is under way for, in order of their number."""
    today = clock.today()
    cases = Case.objects.filter(status="open", household=OuterRef("pk"))
    own = Matter.objects.open().filter(household=OuterRef("pk"))
    members = Membership.objects.current(on=today).filter(household=OuterRef("pk"))
    busy = members.filter(person__matters__status__in=("waiting", "running"))
    applying = members.filter(person__cases__status="open")
    alive = members.filter(person__died_on=None, person__imprisoned_on=None, person__moved_on=None)
    return Household.objects.filter(
        ~Exists(cases), ~Exists(own), ~Exists(busy), ~Exists(applying), Exists(alive)
    ).order_by("household_no")


def _towns() -> dict[str, str]:
    rows = OrgUnit.objects.filter(kind="township").values_list("division_code", "code")
    return {division[:9]: code for division, code in rows}


def _plan(
    index: int, household: Household, seed: int, towns: dict[str, str], *, whole: bool
) -> Plan | None:
    rng = random.Random(f"{seed}/{index}/plan")  # noqa: S311 - made-up cases
    town = towns.get(household.division_code[:9])
    members = list(_members(household))
    if town is None or not members:
        return None
    today = clock.today()
    adults = [row for row in members if age(row.person.birth_on, today) >= 18] or members
    applicant = adults[0]
    every = whole or index % ALL_MATTERS_EVERY == 0
    channel = rng.choice(CHANNELS)
    body = {
        "id_number": applicant.person.open_id_number(),
        "matters": list(_matters(rng, applicant, members, every=every)),
        "channel": channel,
        "consent": True,
        "in_person": channel == "window",
    }
    return Plan(index, town, household.household_no, body)


def _members(household: Household) -> QuerySet[Membership]:
    """Who may apply, the head first: those whom the register finds in this household."""
    rows = household.memberships.current(on=clock.today()).select_related("person").in_order()
    elsewhere = Membership.objects.current(on=clock.today()).filter(person=OuterRef("person"))
    return rows.filter(
        ~Exists(elsewhere.exclude(household=household)),
        person__died_on=None,
        person__imprisoned_on=None,
        person__moved_on=None,
    )


def _matters(
    rng: random.Random, applicant: Membership, members: list[Membership], *, every: bool
) -> Iterator[Any]:
    packages = catalogue.matters()
    chosen = packages if every else rng.sample(packages, rng.randint(1, min(6, len(packages))))
    today = clock.today()
    for package in chosen:
        suits = SUITS.get(package.code)
        fitting = [row for row in members if suits and suits(row.person, today)]
        member = rng.choice(fitting) if fitting else applicant
        if package.settings["beneficiary"] == "person" and member != applicant:
            yield {"code": package.code, "person_no": member.person_no}
        else:
            yield package.code


def age(birth_on: date, today: date) -> int:
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))
