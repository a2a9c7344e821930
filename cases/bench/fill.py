"""Filling a database with open cases: copies of a few real ones, made by SQL.

Some cases are opened and worked on through the services; each is then copied many times, process
states, work items, timers and events included, for other households. So the copies are as real
as what they were made from, and 25,000 take minutes, not hours.
"""
# ruff: noqa: S608 - made of the constants below

import random
from collections.abc import Callable

from django.db import connection, models, transaction

from cases.models import (
    Case,
    CaseFact,
    ClockEvent,
    Matter,
    OfficeVisit,
    Wait,
)
from cases.robots import plans
from cases.robots.inside import Office, open_planned
from common import outbox
from common.models import Event
from workflows.models import Instance, Subscription, Timer, WorkItem

TEMPLATES = 30
BATCH = 250  # copies a transaction
Say = Callable[[str], None]


def fill_open_cases(wanted: int, say: Say, *, seed: int = 7) -> int:
    """Bring the database to so many open cases; returns how many there are."""
    missing = wanted - Case.objects.filter(status="open").count()
    if missing <= 0:
        return Case.objects.filter(status="open").count()
    made = make_templates(seed)
    targets = free_applicants(missing)
    for number, begin in enumerate(range(0, len(targets), BATCH)):
        copy_case(made[number % len(made)], targets[begin : begin + BATCH])
        say(f"{begin + BATCH} of {len(targets)} cases")
    outbox.number_events()
    return Case.objects.filter(status="open").count()


def make_templates(seed: int) -> list[Case]:
    """Cases at several points of their way, none of whose matters has ended."""
    office = Office(seed, favour=1.0)
    made = []
    for plan in plans.make_plans(TEMPLATES, seed):
        case, _clerk = open_planned(plan, office.staff)
        rng = random.Random(f"{seed}/{plan.index}")  # noqa: S311 - made-up cases
        for item in (
            WorkItem.objects.open()
            .filter(subject_id=case.pk)
            .select_related("org_unit", "instance")
        ):
            if rng.random() < 0.4:
                office.do(item)
        codes = list(case.matters.values_list("code", flat=True))
        ended = case.matters.exclude(pk__in=case.matters.open())
        if len(set(codes)) == len(codes) and not ended.exists():
            made.append(case)
    office.run_jobs()
    return made


def free_applicants(count: int) -> list[tuple[int, int]]:
    """(household, head) of so many households without any case."""
    rows = plans.free_households().filter(cases=None, memberships__relation="head")
    found = rows.values_list("pk", "memberships__person_id").order_by("pk")[:count]
    return list(found)


def copy_case(template: Case, targets: list[tuple[int, int]]) -> None:
    """One copy of a case with all that belongs to it for each (household, person)."""
    households, people = [row[0] for row in targets], [row[1] for row in targets]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPIES, [template.township_id, households, people])
        cursor.execute(COPIED_MATTERS, [template.pk])
        cursor.execute(COPIED_INSTANCES, [template.pk])
        for model, rows, values in TABLES:
            cursor.execute(_insert(model, rows, values), [template.pk])


def _insert(model: type[models.Model], rows: str, values: dict[str, str]) -> str:
    """Copy the rows `r` of a table; `values` says what is different in the copies."""
    names = [str(field.column) for field in model._meta.concrete_fields]
    names = [name for name in names if name != "id" or name in values]
    shown = ", ".join(values.get(name, f"r.{name}") for name in names)
    table = model._meta.db_table
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {shown} FROM {table} r {rows}"


def analyze() -> None:
    """Let the planner know the new sizes, as autovacuum would later. As the tables' owner."""
    with connection.cursor() as cursor:
        for model, _rows, _values in TABLES:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


COPIES = """CREATE TEMP TABLE copy ON COMMIT DROP AS
    SELECT nextval('cases_case_id_seq') AS id, h.id AS household_id, t.person_id,
           h.division_code, coalesce(o.id, %s) AS township_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS t (household_id, person_id)
    JOIN households_household h ON h.id = t.household_id
    LEFT JOIN permissions_orgunit o ON o.kind = 'township'
      AND o.division_code = left(h.division_code, 9) || '000'"""
COPIED_MATTERS = """CREATE TEMP TABLE copied_matter ON COMMIT DROP AS
    SELECT c.id AS case_id, m.id AS was, nextval('cases_matter_id_seq') AS id
    FROM cases_matter m CROSS JOIN copy c WHERE m.case_id = %s"""
COPIED_INSTANCES = """CREATE TEMP TABLE copied_instance ON COMMIT DROP AS
    SELECT c.id AS case_id, i.id AS was, nextval('workflows_instance_id_seq') AS id,
           coalesce(m.id, c.id) AS owner_id
    FROM workflows_instance i CROSS JOIN copy c
    LEFT JOIN copied_matter m
      ON m.case_id = c.id AND m.was = i.owner_id AND i.owner_type = 'matter'
    WHERE i.subject_id = %s"""

OF_CASE = "CROSS JOIN copy c WHERE r.case_id = %s"
OF_MATTER = """JOIN cases_matter m ON m.id = r.matter_id
    JOIN copied_matter n ON n.was = m.id WHERE m.case_id = %s"""
OF_INSTANCE = """JOIN workflows_instance i ON i.id = r.instance_id
    JOIN copied_instance n ON n.was = i.id JOIN copy c ON c.id = n.case_id
    WHERE i.subject_id = %s"""
# a township's work goes to the township of the copy's household
UNIT = """CASE WHEN r.org_unit_id IN (SELECT id FROM permissions_orgunit WHERE kind = 'township')
    THEN c.township_id ELSE r.org_unit_id END"""
PROJECTED = {"instance_id": "n.id", "owner_id": "n.owner_id", "subject_id": "n.case_id"}

# in the order of their references: which rows are copied, and what the copies have of their own
TABLES: list[tuple[type[models.Model], str, dict[str, str]]] = [
    (
        Case,
        "CROSS JOIN copy c WHERE r.id = %s",
        {
            "id": "c.id",
            "number": "'LB' || to_char(r.opened_at, 'YYYYMMDD') || '-B' || c.id",
            "applicant_id": "c.person_id",
            "household_id": "c.household_id",
            "division_code": "c.division_code",
            "township_id": "c.township_id",
        },
    ),
    (
        Matter,
        """JOIN copied_matter n ON n.was = r.id JOIN copy c ON c.id = n.case_id
           WHERE r.case_id = %s""",
        {
            "id": "n.id",
            "case_id": "c.id",
            "person_id": "CASE WHEN r.person_id IS NOT NULL THEN c.person_id END",
            "household_id": "CASE WHEN r.person_id IS NULL THEN c.household_id END",
        },
    ),
    (
        Instance,
        "JOIN copied_instance n ON n.was = r.id WHERE r.subject_id = %s",
        {"id": "n.id", "owner_id": "n.owner_id", "subject_id": "n.case_id"},
    ),
    (WorkItem, OF_INSTANCE, {**PROJECTED, "org_unit_id": UNIT}),
    (Timer, OF_INSTANCE, PROJECTED),
    (Subscription, OF_INSTANCE, PROJECTED),
    (CaseFact, OF_CASE, {"case_id": "c.id"}),
    (OfficeVisit, OF_CASE, {"case_id": "c.id"}),
    (Wait, OF_MATTER, {"matter_id": "n.id"}),
    (ClockEvent, OF_MATTER, {"matter_id": "n.id"}),
    (
        Event,
        "CROSS JOIN copy c WHERE r.stream = 'case:' || %s",
        {"stream": "'case:' || c.id", "position": "NULL", "numbered_at": "NULL"},
    ),
]
