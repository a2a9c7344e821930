"""Households and people as the API's JSON, numbers masked. Constant queries for any number."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model

from common import clock
from households import masking
from households.happiness import happiness_list
from households.models import Benefit, Household, Membership, Person, StatusHolder
from permissions.models import Division, User

Json = dict[str, Any]
HOUSEHOLD = (
    *("low_income_farm", "review_class", "next_review_on", "housing", "floor_area"),
    *("dwelling_grade", "homes", "income_month", "income_year", "rigid_spending_year"),
    *("assets", "vehicles", "vehicles_value", "companies"),
)
PERSON = (
    *("name", "sex", "birth_on", "guardian_no"),
    *("father_state", "mother_state", "obligor_state", "ethnicity", "hukou_division"),
    *("marital", "education", "employment", "unemployed_since", "labour", "school_stage"),
    *("income_month", "health", "severe_illness", "disability_category", "disability_grade"),
    *("disability_from", "disability_to", "care_level", "care_status", "insured"),
    *("medical_own_cost_year", "imprisoned_on", "moved_on", "died_on"),
)


def households(rows: Iterable[Household]) -> list[Json]:
    """Several households in brief: head, place, status, how many they are."""
    found = list(rows)
    today = clock.today()
    current = Membership.objects.current(on=today)
    members: dict[int, list[Membership]] = defaultdict(list)
    for row in current.filter(household__in=found).select_related("person").in_order():
        members[row.household_id].append(row)
    codes = {code for row in found for code in (row.division_code, f"{row.division_code[:9]}000")}
    names = dict(Division.objects.filter(code__in=codes).values_list("code", "name"))
    return [_brief(row, members[row.pk], names, today) for row in found]


def _brief(row: Household, members: list[Membership], names: dict[str, str], on: date) -> Json:
    code = row.division_code
    return {
        "household_no": row.household_no,
        "head": members[0].person.name if members else None,
        "members": len(members),
        "division": code,
        "township": names.get(f"{code[:9]}000"),
        "village": names.get(code) if not code.endswith("000") else None,
        "category": row.status(on).category,
        "is_provisional": row.is_provisional,
    }


def household(row: Household, user: User) -> Json:
    """One household: what the register knows, its members, and what is granted now.

    What is masked for the user is null and named in `masked`.
    """
    listing = happiness_list(row)
    masked = masking.masked_of_household(row, user)
    return {
        **listing["household"],
        **values(row, HOUSEHOLD),
        **dict.fromkeys(masked),
        "masked": masked,
        "members": listing["members"],
        "benefits": listing["entries"],
    }


def person(row: Person, user: User) -> Json:
    """One person, under the lowest registration number, with every registration.

    What is masked for the user is null, or a masked number, and named in `masked`.
    """
    memberships = row.memberships.select_related("household").order_by("person_no")
    today = clock.today()
    benefits = Benefit.objects.filter(person=row).standing(on=today)
    masked = masking.masked_of(row, user)
    return {
        "person_no": row.person_no,
        **values(row, PERSON),
        **dict.fromkeys(masked),
        **masking.numbers(row, today),
        "masked": masked,
        **status(row, today),
        "registrations": [_registration(m) for m in memberships],
        "benefits": [_benefit(b) for b in benefits.select_related("source").order_by("pk")],
    }


def _registration(row: Membership) -> Json:
    return {
        "person_no": row.person_no,
        "household_no": row.household.household_no,
        "relation": row.relation,
        "member_from": plain(row.member_from),
        "member_to": plain(row.member_to),
    }


def _benefit(row: Benefit) -> Json:
    return {
        "matter": row.matter,
        "measure": row.measure,
        "organisation": row.source.code,
        "amount": plain(row.amount_yuan),
        "form": row.form,
        "starts_on": plain(row.starts_on),
        "ends_on": plain(row.ends_on),
        "granted_on": plain(row.granted_on),
    }


def values(row: Model, columns: tuple[str, ...]) -> Json:
    """Columns as JSON; what is not known is null."""
    return {column: plain(getattr(row, column)) for column in columns}


def status(row: StatusHolder, on: date) -> Json:
    """The status on a day as JSON."""
    found = row.status(on)
    return {"category": plain(found.category), "category_since": plain(found.since)}


def plain(value: Any) -> Any:
    """A column's value as JSON: money and areas with two decimals, days as ISO 8601."""
    if value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value
