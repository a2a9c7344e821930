"""Cases as the API's JSON; pages show the same. Constant queries for any number."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from cases import catalogue, clocks, taskrows
from cases.models import Case, Matter
from cases.taskrows import TaskRow
from cases.waits import JOINT, SETTLED
from common import clock, crypto
from common.identity import mask_number
from households.models import Person
from permissions.models import User

Json = dict[str, Any]
WORST = ("red", "yellow", "green", "grey")
# read each time a task is completed: no column that is not shown
MATTER_COLUMNS = (
    *("case_id", "code", "package_id", "status", "ended_at"),
    *("due_on", "due_reason", "warn_on", "pauses"),
    *("person__person_no", "household__household_no"),
    *("decision__outcome", "decision__amount_yuan", "decision__form", "decision__starts_on"),
    *("decision__ends_on", "decision__reason", "decision__why"),
)
HELD_AND_WAITED_FOR = """
SELECT false, case_id, kind, id FROM cases_material WHERE case_id = ANY(%s)
UNION ALL
SELECT true, w.matter_id, w.message, w.id
FROM cases_wait w JOIN cases_matter m ON m.id = w.matter_id WHERE m.case_id = ANY(%s)
ORDER BY 4
"""
Words = defaultdict[int, list[str]]


def cases(rows: Iterable[Case], user: User) -> list[Json]:
    """Several cases, each as contracts/api.md has it."""
    found = list(rows)
    ids = [case.pk for case in found]
    matters: dict[int, list[Matter]] = defaultdict(list)
    for matter in _matters(ids):
        matters[matter.case_id].append(matter)
    kinds, waits = _held_and_waited_for(ids)
    items: dict[int, list[TaskRow]] = defaultdict(list)
    for item in taskrows.of_cases(user, found):
        items[item.subject_id].append(item)
    today = clock.today()
    return [
        _case(case, matters[case.pk], kinds[case.pk], waits, items[case.pk], today)
        for case in found
    ]


def case(row: Case, user: User) -> Json:
    """One case."""
    return cases([row], user)[0]


def _matters(case_ids: list[int]) -> QuerySet[Matter]:
    rows = Matter.objects.filter(case_id__in=case_ids).order_by("id")
    return rows.select_related("decision", "person", "household").only(*MATTER_COLUMNS)


def _held_and_waited_for(case_ids: list[int]) -> tuple[Words, Words]:
    """Material kinds by case, messages waited for by matter."""
    kinds: Words = defaultdict(list)
    waits: Words = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(HELD_AND_WAITED_FOR, [case_ids, case_ids])
        for is_wait, owner_id, word, _id in cursor.fetchall():
            (waits if is_wait else kinds)[owner_id].append(word)
    return kinds, waits


def _case(
    row: Case,
    matters: list[Matter],
    kinds: list[str],
    waits: dict[int, list[str]],
    items: list[TaskRow],
    today: date,
) -> Json:
    for matter in matters:
        matter.package = catalogue.package(matter.package_id)
    shown = [matter_json(m, matters, waits[m.pk], today) for m in matters]
    running = [m for m in matters if m.is_open]
    dues = [m.due_on for m in running if m.due_on and not m.pauses]
    by_id = {m.pk: m for m in matters}
    return {
        "id": row.pk,
        "number": row.number,
        "status": row.status,
        "applicant": person_brief(row.applicant),
        "agent": _agent(row),
        "household_no": row.household.household_no,
        "division": row.division_code,
        "channel": row.channel,
        "opened_at": row.opened_at.astimezone(clock.ZONE).isoformat(),
        "closed_at": row.closed_at.astimezone(clock.ZONE).isoformat() if row.closed_at else None,
        "in_person_count": row.in_person_count,
        "light": worst(m["light"] for m, r in zip(shown, matters, strict=True) if r.is_open)
        if running
        else worst(m["light"] for m in shown),
        "due_on": str(min(dues)) if dues else None,
        "joint": {"means": row.means, "visit": row.visit},
        "materials": materials_json(row, matters, kinds),
        "matters": shown,
        "tasks": [taskrows.task(item, row, by_id.get(item.owner_id), today) for item in items],
    }


def worst(lights: Iterable[str]) -> str:
    """The light that needs looking at most."""
    found = set(lights)
    return next((light for light in WORST if light in found), "grey")


def person_brief(person: Person) -> Json:
    """Who, with the number masked."""
    return {
        "person_no": person.person_no,
        "name": person.name,
        "id_number": mask_number(crypto.decrypt(person.id_number)),
    }


def _agent(row: Case) -> Json | None:
    if not row.agent_name:
        return None
    return {
        "name": row.agent_name,
        "relation": row.agent_relation,
        "id_number": "*" * 14 + row.agent_tail,
    }


def matter_light(matter: Matter, today: date) -> str:
    """A running matter's light; an ended one shows whether it was on time."""
    if matter.is_open:
        return clocks.light(matter.due_on, matter.warn_on, today, paused=bool(matter.pauses))
    ended = clock.day_of(matter.ended_at) if matter.ended_at else today
    return "red" if matter.due_on and ended > matter.due_on else "green"


def matter_json(matter: Matter, siblings: list[Matter], waits: list[str], today: date) -> Json:
    """One matter of a case."""
    return {
        "id": matter.pk,
        "code": matter.code,
        "name": catalogue.name(matter.settings),
        "person_no": matter.person.person_no if matter.person else None,
        "household_no": matter.household.household_no if matter.household else None,
        "status": matter.status,
        "waiting_for": waiting_for(matter, siblings, waits),
        "due_on": str(matter.due_on) if matter.due_on else None,
        "due_reason": matter.due_reason,
        "light": matter_light(matter, today),
        "decision": _decision(matter),
    }


def waiting_for(matter: Matter, siblings: list[Matter], waits: list[str]) -> list[str]:
    """What a matter waits for: joint work by its name, other matters by their code."""
    found: list[str] = []
    earlier = matter.settings.get("after", [])
    for message in waits:
        if message == SETTLED:
            found += sorted({m.code for m in siblings if m.is_open and m.code in earlier})
        else:
            found.append(JOINT.get(message, message))
    return found


def _decision(matter: Matter) -> Json | None:
    row = getattr(matter, "decision", None)
    if row is None:
        return None
    return {
        "outcome": row.outcome,
        "amount": str(row.amount_yuan) if row.amount_yuan is not None else None,
        "form": row.form or None,
        "starts_on": str(row.starts_on) if row.starts_on else None,
        "ends_on": str(row.ends_on) if row.ends_on else None,
        "reason": row.reason,
        "why": row.why,
    }


def materials_json(row: Case, matters: list[Matter], added: list[str]) -> list[Json]:
    """Each kind of paper once: held by the register, added, or missing; and who needs it."""
    needed: dict[str, list[str]] = defaultdict(list)
    held = set(row.papers_held)
    for matter in matters:
        for paper in matter.settings.get("materials", []):
            if matter.code not in needed[paper["kind"]]:
                needed[paper["kind"]].append(matter.code)
    have = dict.fromkeys(added)
    for kind in have:
        needed.setdefault(kind, [])
    return [
        {
            "kind": kind,
            "name": catalogue.kind_name(kind),
            "status": "added" if kind in have else "held" if kind in held else "missing",
            "needed_by": codes,
        }
        for kind, codes in needed.items()
    ]
