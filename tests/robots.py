"""Staff that fill forms from their schemas and do what is ready: shared by tests of whole cases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from cases.models import Case
from cases.services import due, work_items
from common import clock
from common.errors import ServiceError
from permissions.models import RoleAssignment, User
from tests.jobs import run_waiting as run_jobs
from workflows.models import WorkItem

Answers = dict[str, Any]


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Do calls at the same instant, each in a thread with a connection of its own.

    Gives back results in the order of the calls; a raised ServiceError is its result.
    """
    barrier = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return call()
        except ServiceError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(60) for done in [pool.submit(one, call) for call in calls]]


def fill(schema: dict[str, Any], **chosen: Any) -> Answers:
    """Favourable answers to a form's required fields; `chosen` goes before."""
    answers: Answers = {}
    for name in schema.get("required", []):
        answers[name] = _value(schema["properties"][name])
    known = schema["properties"]
    return {**answers, **{key: value for key, value in chosen.items() if key in known}}


def _value(field: dict[str, Any]) -> Any:
    if "enum" in field:
        return field["enum"][0]
    match field.get("type"):
        case "boolean":
            return True
        case "integer":
            return field.get("minimum", 1)
        case "array":
            return [_value(field["items"])]
    if field.get("format") == "date":
        return str(clock.today())
    return "100.00" if "pattern" in field else "情况属实"


def doer(item: WorkItem, *, other_than: User | None = None) -> User:
    """A member of staff with the item's role who may do it."""
    rows = RoleAssignment.objects.filter(role=item.role, org_unit_id=item.org_unit_id)
    for row in rows.select_related("user").order_by("user__username"):
        if row.user != other_than:
            return row.user
    raise AssertionError(f"nobody for {item.role} in {item.org_unit}")


def do(item: WorkItem, *, actor: User | None = None, **chosen: Any) -> Case:
    """Claim and complete one item."""
    actor = actor or doer(item)
    work_items.claim(actor=actor, item_id=item.pk)
    schema = work_items.form_of(item, work_items.package_of(item.instance))
    return work_items.complete_work_item(actor=actor, item_id=item.pk, data=fill(schema, **chosen))


def ready(case: Case, code: str = "") -> list[WorkItem]:
    """What can be done now, of the case or of one matter of it ("intake" for the joint work)."""
    rows = WorkItem.objects.filter(subject_id=case.pk, status__in=("ready", "claimed"))
    rows = rows.select_related("instance", "org_unit").order_by("pk")
    if code:
        rows = rows.filter(instance__definition__process_id=code)
    return list(rows)


def finish(case: Case, *, days: int = 60, **chosen: Any) -> Case:
    """Everybody does what is ready until the case is closed; dates pass where only they are
    waited for."""
    for _ in range(days * 20):
        run_jobs()
        case.refresh_from_db()
        if case.status != "open":
            run_jobs()
            return case
        items = ready(case)
        for item in items:
            item.refresh_from_db()
            if item.status in {"ready", "claimed"}:
                do(item, **chosen)
        if not items:
            clock.advance(days=1)
            due.run_due()
    raise AssertionError(f"still open: {[(m.code, m.status) for m in case.matters.open()]}")
