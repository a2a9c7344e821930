"""What stands behind findings: who, since when, how much a month. Few statements for many."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from cases import catalogue, rulebook
from cases.outcomes import add_months

if TYPE_CHECKING:
    from screening.county import Hit

PEOPLE = """
SELECT p.id, p.person_no, h.household_no, p.birth_on, p.died_on, p.imprisoned_on, p.moved_on,
       p.disability_from, p.disability_to,
       greatest(p.category_since, p.granted_since, h.category_since, h.granted_since)
FROM unnest(%s::bigint[], %s::bigint[]) AS w (person_id, household_id)
JOIN households_person p ON p.id = w.person_id
LEFT JOIN households_household h ON h.id = w.household_id
"""
# the aid that reaches a person and runs on the day: its own, and the household's
AID = """
SELECT w.person_id, b.matter, min(b.starts_on),
       sum(b.amount_yuan) FILTER (WHERE b.form = 'monthly')
FROM unnest(%s::bigint[], %s::bigint[]) AS w (person_id, household_id)
JOIN LATERAL (
    SELECT * FROM households_benefit WHERE person_id = w.person_id
    UNION ALL
    SELECT * FROM households_benefit WHERE household_id = w.household_id
) b ON b.starts_on <= %s AND (b.ends_on IS NULL OR b.ends_on > greatest(b.starts_on, %s))
GROUP BY w.person_id, b.matter
"""


class Someone(NamedTuple):
    """A person's days, as the register has them."""

    person_no: str
    household_no: str | None
    birth_on: date
    died_on: date | None
    imprisoned_on: date | None
    moved_on: date | None
    disability_from: date | None
    disability_to: date | None
    status_since: date | None


class Aid(NamedTuple):
    since: date
    amount_month: Decimal | None


def complete(hits: "list[Hit]", on: date, changed: rulebook.Changed | None) -> "Iterator[Hit]":
    """The same hits with person, household, sum and day."""
    if not hits:
        return
    places = {hit.person_id: hit.household_id for hit in hits}
    people, aid = _people(places), _aid(places, on)
    due = _due([hit for hit in hits if hit.kind == "missed"], on, changed)
    for hit in hits:
        person = people[hit.person_id]
        hit.person_no, hit.household_no = person.person_no, person.household_no
        mine = aid.get((hit.person_id, hit.matter))
        other = aid.get((hit.person_id, hit.other_matter or ""))
        hit.since = _since(hit, person, mine, other)
        if hit.kind == "missed":
            hit.amount_month = due.get((hit.person_id, hit.matter))
        elif mine is not None:
            hit.amount_month = mine.amount_month
        yield hit


def _people(places: dict[int, int | None]) -> dict[int, Someone]:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [list(places), list(places.values())])
        return {row[0]: Someone._make(row[1:]) for row in cursor.fetchall()}


def _aid(places: dict[int, int | None], on: date) -> dict[tuple[int, str], Aid]:
    with connection.cursor() as cursor:
        cursor.execute(AID, [list(places), list(places.values()), on, on])
        return {(row[0], row[1]): Aid(row[2], row[3]) for row in cursor.fetchall()}


def _due(
    missed: "Iterable[Hit]", on: date, changed: rulebook.Changed | None
) -> dict[tuple[int, str], Decimal]:
    """What a missed monthly aid would come to: asked of the matter's own table."""
    people: dict[str, list[int]] = {}
    for hit in missed:
        people.setdefault(hit.matter, []).append(hit.person_id)
    found = {}
    for package in catalogue.matters():
        question = rulebook.question(package, on=on)
        wanted = people.get(package.code)
        if question is None or not wanted or package.settings.get("form") != "monthly":
            continue
        for row in rulebook.put([question], on=on, changed=changed, person_ids=wanted):
            outputs = row.answers[question.key].outputs
            if outputs.get("amount") is not None and outputs.get("result") == "eligible":
                found[row.person_id, package.code] = outputs["amount"]
    return found


def _since(hit: "Hit", person: Someone, mine: Aid | None, other: Aid | None) -> date | None:
    """From when it has been so, as far as the register knows."""
    if hit.kind == "missed":
        is_about_disability = hit.matter in {"disabled_living", "disabled_care"}
        certified = person.disability_from if is_about_disability else None
        return _latest(person.status_since, certified)
    if hit.kind == "duplicate" and mine and other:
        return max(mine.since, other.since)
    if "death" in hit.rule and person.died_on:
        return add_months(person.died_on.replace(day=1), 1)
    began = {
        "prison": person.imprisoned_on,
        "moved": person.moved_on,
        "certificate": person.disability_to and person.disability_to + timedelta(days=1),
    }.get(hit.rule.split("_")[0])
    if hit.rule == "child_grown_up":
        began = add_months(person.birth_on, 18 * 12)
    return _latest(began, mine.since if mine else None)


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)
