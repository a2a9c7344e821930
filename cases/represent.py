"""Cases as the API's JSON; pages show the same. Constant queries for any number."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import connection

from cases import catalogue, clocks, taskrows
from cases.models import Case
from cases.querysets import OPEN_MATTER, seen_whole
from cases.shares import SHARED, shared_values
from cases.sight import WHOLE, Sight, of_rows
from cases.taskrows import TaskRow
from cases.waits import JOINT, SETTLED
from common import clock, crypto, direct
from common.identity import mask_number
from households.models import Person
from permissions.models import User

Json = dict[str, Any]
WORST = ("red", "yellow", "green", "grey")
# read each time a task is completed: without models, and no column that is not shown
MATTERS = f"""
SELECT m.id, m.case_id, m.code, m.package_id, m.status, m.ended_at, m.due_on, m.due_reason,
       m.warn_on, m.pauses, p.person_no, h.household_no, d.outcome, d.amount_yuan, d.form,
       d.starts_on, d.ends_on, d.reason, d.why, {SHARED.format(case="m.case_id")}
FROM cases_matter m
LEFT JOIN households_person p ON p.id = m.person_id
LEFT JOIN households_household h ON h.id = m.household_id
LEFT JOIN cases_outcome d ON d.matter_id = m.id
WHERE m.case_id = ANY(%(ids)s) ORDER BY m.id
"""  # noqa: S608 - put together of constants
HELD_AND_WAITED_FOR = """
SELECT false, case_id, kind, id FROM cases_material WHERE case_id = ANY(%(ids)s)
UNION ALL
SELECT true, w.matter_id, w.message, w.id
FROM cases_wait w JOIN cases_matter m ON m.id = w.matter_id WHERE m.case_id = ANY(%(ids)s)
ORDER BY 4
"""
Words = defaultdict[int, list[str]]


class MatterRow(NamedTuple):
    """A matter with whom it is for and, once it has ended, how."""

    pk: int
    case_id: int
    code: str
    package_id: int
    status: str
    ended_at: datetime | None
    due_on: date | None
    due_reason: str
    warn_on: date | None
    pauses: int
    person_no: str | None
    household_no: str | None
    outcome: str | None
    amount_yuan: Decimal | None
    form: str | None
    starts_on: date | None
    ends_on: date | None
    reason: str | None
    why: str | None  # JSON
    is_shared: bool  # its case, with the user

    @property
    def is_open(self) -> bool:
        """Waiting or running."""
        return self.status in OPEN_MATTER

    @property
    def settings(self) -> Json:
        """Its package's matter.toml."""
        found: Json = catalogue.package(self.package_id).settings
        return found


def cases(rows: Iterable[Case], user: User) -> list[Json]:
    """Several cases, each as contracts/api.md has it."""
    found = list(rows)
    ids = [case.pk for case in found]
    matters: dict[int, list[MatterRow]] = defaultdict(list)
    for matter in _matters(ids, user):
        matters[matter.case_id].append(matter)
    whole = set(seen_whole(user, found))
    whole |= {row.case_id for rows in matters.values() for row in rows if row.is_shared}
    kinds, waits = _held_and_waited_for(ids)
    items: dict[int, list[TaskRow]] = defaultdict(list)
    for item in taskrows.of_cases(user, found, whole):
        items[item.subject_id].append(item)
    return [
        _case(
            case,
            matters[case.pk],
            kinds[case.pk],
            waits,
            items[case.pk],
            WHOLE if case.pk in whole else of_rows(user, matters[case.pk], items[case.pk]),
        )
        for case in found
    ]


def case(row: Case, user: User) -> Json:
    """One case."""
    return cases([row], user)[0]


def _matters(case_ids: list[int], user: User) -> list[MatterRow]:
    with connection.cursor() as cursor:
        statement, ids = direct.among(MATTERS, case_ids)
        cursor.execute(statement, {"ids": ids} | shared_values(user))
        return [MatterRow._make(row) for row in cursor.fetchall()]


def _held_and_waited_for(case_ids: list[int]) -> tuple[Words, Words]:
    """Material kinds by case, messages waited for by matter."""
    kinds: Words = defaultdict(list)
    waits: Words = defaultdict(list)
    with connection.cursor() as cursor:
        statement, ids = direct.among(HELD_AND_WAITED_FOR, case_ids)
        cursor.execute(statement, {"ids": ids})
        for is_wait, owner_id, word, _id in cursor.fetchall():
            (waits if is_wait else kinds)[owner_id].append(word)
    return kinds, waits


def _case(
    row: Case,
    matters: list[MatterRow],
    kinds: list[str],
    waits: dict[int, list[str]],
    items: list[TaskRow],
    sight: Sight,
) -> Json:
    today = clock.today()
    shown = [matter_json(m, matters, waits[m.pk], sight, today) for m in matters]
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
        "materials": materials_json(row, [m for m in matters if sight.covers(m.pk)], kinds, sight),
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


def matter_light(matter: MatterRow, today: date) -> str:
    """A running matter's light; an ended one shows whether it was on time."""
    if matter.is_open:
        return clocks.light(matter.due_on, matter.warn_on, today, paused=bool(matter.pauses))
    ended = clock.day_of(matter.ended_at) if matter.ended_at else today
    return "red" if matter.due_on and ended > matter.due_on else "green"


def matter_json(
    matter: MatterRow, siblings: list[MatterRow], waits: list[str], sight: Sight, today: date
) -> Json:
    """One matter of a case."""
    return {
        "id": matter.pk,
        "code": matter.code,
        "name": catalogue.name(matter.settings),
        "person_no": matter.person_no,
        "household_no": matter.household_no,
        "status": matter.status,
        "waiting_for": waiting_for(matter, siblings, waits),
        "due_on": str(matter.due_on) if matter.due_on else None,
        "due_reason": matter.due_reason,
        "light": matter_light(matter, today),
        "decision": _decision(matter, whole=sight.covers(matter.pk)),
    }


def waiting_for(matter: MatterRow, siblings: list[MatterRow], waits: list[str]) -> list[str]:
    """What a matter waits for: joint work by its name, other matters by their code."""
    found: list[str] = []
    earlier = matter.settings.get("after", [])
    for message in waits:
        if message == SETTLED:
            found += sorted({m.code for m in siblings if m.is_open and m.code in earlier})
        else:
            found.append(JOINT.get(message, message))
    return found


def _decision(row: MatterRow, *, whole: bool) -> Json | None:
    if row.outcome is None:
        return None
    if not whole:
        nothing = dict.fromkeys(("amount", "form", "starts_on", "ends_on"))
        return {"outcome": row.outcome, **nothing, "reason": "", "why": {}}
    return {
        "outcome": row.outcome,
        "amount": str(row.amount_yuan) if row.amount_yuan is not None else None,
        "form": row.form or None,
        "starts_on": str(row.starts_on) if row.starts_on else None,
        "ends_on": str(row.ends_on) if row.ends_on else None,
        "reason": row.reason,
        "why": orjson.loads(row.why or "{}"),
    }


def materials_json(
    row: Case, matters: list[MatterRow], added: list[str], sight: Sight
) -> list[Json]:
    """Each kind of paper once: held by the register, added, or missing; and who needs it."""
    needed: dict[str, list[str]] = defaultdict(list)
    held = set(row.papers_held)
    for matter in matters:
        for paper in matter.settings.get("materials", []):
            if matter.code not in needed[paper["kind"]]:
                needed[paper["kind"]].append(matter.code)
    have = dict.fromkeys(kind for kind in added if sight.covers_kind(kind))
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
