"""What the tests of facts have in common: a day, rows of facts, and the register behind them."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from households import facts
from households.models import Benefit, Household, Membership, Payment, Person, Reading
from permissions.models import OrgUnit
from tests.households.conftest import VILLAGE, Home, make_person

TODAY = date(2026, 11, 23)
FAR = "331125201200"
numbers = count(1)


def of(person: Person, on: date = TODAY) -> dict[str, Any]:
    found = facts.of(person.pk, on=on)
    assert found is not None
    return found


def rows(**options: Any) -> dict[int, dict[str, Any]]:
    """Rows of a statement by person."""
    with connection.cursor() as cursor:
        cursor.execute(*facts.statement(**({"on": TODAY} | options)))
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert len({row["person_id"] for row in found}) == len(found)
    return {row["person_id"]: row for row in found}


def change(row: Person | Household, **values: Any) -> None:
    for column, value in values.items():
        setattr(row, column, value)
    row.save(update_fields=list(values))


def grant(owner: Person | Household, **values: Any) -> Benefit:
    """A monthly 低保 of 500 yuan since 1 January 2026, unless told otherwise."""
    options = {
        "matter": "min_living", "starts_on": date(2026, 1, 1), "form": "monthly",
        "amount_yuan": Decimal(500), "division_code": owner.division_code,
        "source": OrgUnit.objects.get(code="civil"), "source_ref": f"B{next(numbers)}",
        "person" if isinstance(owner, Person) else "household": owner,
    } | values  # fmt: skip
    return Benefit.objects.create(**options)


def pay(person: Person, paid_on: date) -> None:
    Payment.objects.create(
        source=OrgUnit.objects.get(code="civil"), source_ref=f"Z{next(numbers)}", person=person,
        matter="aged_living", paid_on=paid_on, amount_yuan=Decimal(60), division_code=VILLAGE,
    )  # fmt: skip


def meter(home: Home, kind: str, *amounts: int, newest: date = date(2026, 10, 1)) -> None:
    """Readings of months up to the newest, the newest last."""
    for back, amount in enumerate(reversed(amounts)):
        month = newest.replace(month=newest.month - back)
        Reading.objects.create(household=home.household, kind=kind, month=month, amount=amount,
                               division_code=VILLAGE)  # fmt: skip


def register(person: Person, household: Household, person_no: str, **values: Any) -> None:
    """Another registration of a person."""
    Membership.objects.create(person=person, household=household, person_no=person_no,
                              division_code=household.division_code, **values)  # fmt: skip


def make_other() -> Household:
    """A household of one in another township."""
    household = Household.objects.create(household_no="H2", division_code=FAR)
    make_person(household, 7)
    return household
