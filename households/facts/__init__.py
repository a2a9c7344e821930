"""The closed list of facts that decision tables may read, and their values on a day.

A fact is true of one person; those of the household and of the aid in force are the same for
whoever it reaches. NULL means unknown, never "no". Reference: docs/reference/facts.md.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import connection

from households.facts import tables
from households.facts.catalogue import FACTS, Fact, Kind
from households.facts.columns import COLUMNS

__all__ = ["FACTS", "Fact", "Kind", "count", "of", "statement"]
ALIAS = re.compile(r"\b([a-z]+)\.")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def statement(
    *,
    on: date,
    person_ids: Sequence[int] | None = None,
    household_ids: Sequence[int] | None = None,
    division: str = "",
    names: Collection[str] = FACTS.keys(),
) -> tuple[str, list[Any]]:
    """One SELECT, with its parameters, that gives a row for each person asked for.

    Columns: person_id, household_id, division_code (the household's, else the person's), then
    FACTS in their order: numeric, text (never ''), boolean. The household is the one the person
    is in on the day. person_ids: these, also who is in no household then; without them, whoever
    is in one, and who died or moved away.
    household_ids, division (significant digits; "" is everywhere): of these households alone.
    names: these facts alone; what only others are read from is not read.
    """
    people: list[str] = []
    places: list[str] = []
    if person_ids is None:
        places.append(tables.SOMEWHERE)
    else:
        people.append(tables.THESE_PEOPLE)
    if household_ids is not None:
        people.append(tables.OF_HOUSEHOLDS)
        places.append(tables.IN_HOUSEHOLDS)
    if division:
        people.append(tables.OF_DIVISION)
        places.append(tables.IN_DIVISION)
    values = {
        "on": on, "people": list(person_ids or []), "households": list(household_ids or []),
        "low": division, "high": f"{division}~",
    }  # fmt: skip
    return _positional(_select(people, places, names), values)


def of(person_id: int, *, on: date) -> dict[str, Any] | None:
    """The row of one person on a day, by column; None where there is no such person."""
    sql, parameters = statement(on=on, person_ids=[person_id])
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    return dict(zip(names, row, strict=True)) if row else None


def _select(people: list[str], places: list[str], names: Collection[str]) -> str:
    who = tables.WHO.format(" AND ".join(people) or "TRUE", " AND ".join(places) or "TRUE")
    steps = ",".join([who, tables.HOME, tables.AID, tables.FOUND])
    chosen = ",\n".join(f"    {COLUMNS[name]} AS {name}" for name in FACTS if name in names)
    used = set(ALIAS.findall(chosen))
    joins = "\n".join(join for alias, join in tables.JOINS.items() if alias in used)
    return (
        f"WITH {steps}\nSELECT w.person_id, w.household_id,\n"
        f"    coalesce(h.division_code, p.division_code)::text AS division_code"
        f"{chosen and ','}\n{chosen}\n{tables.TABLES}{joins}"
    )


def _positional(sql: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
    """Placeholders by name to placeholders in order, each with its value."""
    names = PLACEHOLDER.findall(sql)
    return PLACEHOLDER.sub("%s", sql), [values[name] for name in names]


def count(*, on: date, division: str = "") -> int:
    """How many people `statement` gives a row for, without person_ids."""
    places = [tables.SOMEWHERE, *([tables.IN_DIVISION] if division else [])]
    who = tables.WHO.format("TRUE", " AND ".join(places))
    sql = f"WITH {who} SELECT count(*) FROM who"  # noqa: S608  made of this room's constants
    with connection.cursor() as cursor:
        cursor.execute(*_positional(sql, {"on": on, "low": division, "high": f"{division}~"}))
        return int(cursor.fetchone()[0])
