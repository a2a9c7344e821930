"""Tasks as lists show them. A case's are read whenever one is completed: without models."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection

from cases import clocks
from cases.models import Case, Matter
from cases.querysets import OPEN_ITEM
from common import clock, direct
from permissions.models import User
from workflows.models import WorkItem

Json = dict[str, Any]
OF_CASES = """
SELECT i.id, i.owner_type, i.owner_id, i.subject_id, i.step, i.name, i.role, i.status,
       i.due_at, i.warn_at, o.code, u.username
FROM workflows_workitem i
JOIN permissions_orgunit o ON o.id = i.org_unit_id
LEFT JOIN permissions_user u ON u.id = i.assignee_id
WHERE i.subject_id = ANY(%(ids)s)
  AND (i.subject_id = ANY(%(whole)s) OR i.org_unit_id = ANY(%(units)s)
       OR (i.org_unit_id = ANY(%(at)s) AND i.org_unit_id || i.role = ANY(%(posts)s)))
ORDER BY i.id
"""


class Concerned(Protocol):
    """What a list shows of a task's matter."""

    @property
    def pk(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def pauses(self) -> int: ...


class TaskRow(NamedTuple):
    """What a list shows of a work item: organisation by code, assignee by username."""

    pk: int
    owner_type: str
    owner_id: int
    subject_id: int
    step: str
    name: str
    role: str
    status: str
    due_at: datetime | None
    warn_at: datetime | None
    organisation: str
    assignee: str | None


def of_item(item: WorkItem) -> TaskRow:
    """The row of a loaded item; its organisation and assignee are loaded, too."""
    return TaskRow(
        pk=item.pk,
        owner_type=item.owner_type,
        owner_id=item.owner_id,
        subject_id=item.subject_id,
        step=item.step,
        name=item.name,
        role=item.role,
        status=item.status,
        due_at=item.due_at,
        warn_at=item.warn_at,
        organisation=item.org_unit.code,
        assignee=item.assignee.username if item.assignee else None,
    )


def of_cases(user: User, cases: list[Case], whole: Iterable[int]) -> list[TaskRow]:
    """Tasks of these cases: all of those that the user sees whole, by id, else those of
    the user's organisations and posts."""
    with connection.cursor() as cursor:
        statement, ids = direct.among(OF_CASES, [case.pk for case in cases])
        reach = user.access.reach("task.see")
        seen = {
            "whole": list(whole),
            "units": list(reach.org_unit_ids),
            "at": [post.org_unit_id for post in reach.posts],
            "posts": [f"{post.org_unit_id}{post.role}" for post in reach.posts],
        }
        cursor.execute(statement, {"ids": ids} | seen)
        return [TaskRow._make(row) for row in cursor.fetchall()]


def light(row: TaskRow | WorkItem, matter: Concerned | None, today: date) -> str:
    """A task's light; grey while its matter's time stands still."""
    if row.status not in OPEN_ITEM:
        return "green"
    paused = bool(matter and matter.pauses)
    # due_at is the first moment after the last day
    due_on = clock.day_of(row.due_at - clock.TICK) if row.due_at else None
    warn_on = clock.day_of(row.warn_at) if row.warn_at else None
    return clocks.light(due_on, warn_on, today, paused=paused)


def task(row: TaskRow, case: Case, matter: Concerned | None, today: date) -> Json:
    """One task as the API has it. matter: whose it is; not looked at for the intake's."""
    owned = matter if row.owner_type == "matter" else None
    return {
        "id": row.pk,
        "case": case.pk,
        "case_number": case.number,
        "matter": owned.code if owned else None,
        "matter_id": owned.pk if owned else None,
        "step": row.step,
        "name": row.name,
        "organisation": row.organisation,
        "role": row.role,
        "status": row.status,
        "assignee": row.assignee,
        "due_at": row.due_at.astimezone(clock.ZONE).isoformat() if row.due_at else None,
        "light": light(row, owned, today),
    }


def tasks(items: Iterable[WorkItem]) -> list[Json]:
    """Several tasks of several cases."""
    found = [of_item(item) for item in items]
    cases = Case.objects.in_bulk({row.subject_id for row in found})
    matters = Matter.objects.in_bulk({r.owner_id for r in found if r.owner_type == "matter"})
    today = clock.today()
    return [task(row, cases[row.subject_id], matters.get(row.owner_id), today) for row in found]
