"""Doing a case's tasks through the services, in this process and without a server."""

import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.utils.translation import get_language
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from cases import catalogue
from cases.models import Case, Matter
from cases.opening import Wanted
from cases.robots import world
from cases.robots.answers import fill, otherwise
from cases.robots.plans import Plan
from cases.robots.staff import Post, posts
from cases.services import work_items
from cases.services.intake import open_case
from common import clock
from common.errors import ConflictError, DeniedError, InputError
from permissions.models import User
from workflows.models import WorkItem


@dataclass(frozen=True)
class Done:
    """One task that was done: by whom, for which matter (None: the joint intake), and how."""

    item: WorkItem
    officer: User
    matter: Matter | None
    answers: dict[str, Any]
    form: dict[str, Any]

    @property
    def title(self) -> str:
        """What was done, in the reader's language."""
        english = (get_language() or "").startswith("en")
        return str((english and self.form.get("x-en")) or self.item.name)


def open_planned(plan: Plan, staff: dict[Post, list[str]]) -> tuple[Case, User]:
    """Open the planned case at its township's window; the clerk is given back with it."""
    clerk = User.objects.get(username=staff[plan.township, "window_clerk"][0])
    body = plan.body
    rows = [row if isinstance(row, dict) else {"code": row} for row in body["matters"]]
    wanted = [Wanted(row["code"], row.get("person_no", "")) for row in rows]
    case = open_case(
        actor=clerk,
        id_number=body["id_number"],
        matters=wanted,
        channel=body["channel"],
        consent=True,
        in_person=body["in_person"],
    )
    return case, clerk


class Office:
    """All officers of the county, working on one case after another."""

    def __init__(
        self, seed: int, *, favour: float = 0.92, wishes: dict[str, dict[str, Any]] | None = None
    ) -> None:
        """wishes: answers that a matter's forms get, by its code, where they ask for them."""
        self.staff = posts()
        self.seed, self.favour, self.wishes = seed, favour, wishes or {}
        self.done: Counter[tuple[int, str]] = Counter()

    def work_off(self, case: Case) -> list[Done]:
        """Do what is ready now, each task once; what follows is ready afterwards."""
        rows = WorkItem.objects.open().filter(subject_id=case.pk).order_by("id")
        found = [self.do(item) for item in rows.select_related("org_unit", "instance")]
        return [done for done in found if done is not None]

    def do(self, item: WorkItem) -> Done | None:
        """One task by the first of its officers who may; None when it went away meanwhile."""
        key = (item.instance_id, item.step)
        self.done[key] += 1
        rng = random.Random(f"{self.seed}/{key}/{self.done[key]}")  # noqa: S311 - made-up answers
        favour = 1.0 if self.done[key] > 1 else self.favour
        names = self.staff[item.org_unit.code, item.role]
        package = work_items.package_of(item.instance)
        form = work_items.form_of(item, package)
        answers = fill(form, rng, today=clock.today(), favour=favour)
        wishes = self.wishes.get(package.code, {})
        answers |= {name: wishes[name] for name in answers if name in wishes}
        for officer in User.objects.filter(username__in=names).order_by("username"):
            try:
                work_items.claim(actor=officer, item_id=item.pk)
                answers = _answer(officer, item, form, answers)
            except DeniedError:
                work_items.release(actor=officer, item_id=item.pk)
                continue
            except ConflictError:
                return None
            item.refresh_from_db()
            return Done(item, officer, _matter(item), answers, form)
        raise DeniedError

    def run_jobs(self) -> None:
        """Do the background jobs that are due, here and now, one after another."""
        fetch: Any = async_to_sync(app.job_manager.fetch_job)  # for no worker in particular
        finish = async_to_sync(app.job_manager.finish_job)
        while job := fetch(queues=None, worker_id=None):
            status = Status.FAILED
            try:
                told = job.task_kwargs
                app.tasks[job.task_name].func(
                    **(json.loads(told) if isinstance(told, str) else told)
                )
                status = Status.SUCCEEDED
            finally:
                finish(job=job, status=status, delete_job=False)

    def move_date(self, case: Case) -> bool:
        """Move the date to where the case's next timer ends; False when there is none."""
        due = world.next_due([case.pk])
        if due is None:
            return False
        world.move_to(due)
        return True


def _answer(
    officer: User, item: WorkItem, form: dict[str, Any], answers: dict[str, Any]
) -> dict[str, Any]:
    """Complete a task; decide otherwise where other aid bars the decision. What was answered."""
    try:
        work_items.complete_work_item(actor=officer, item_id=item.pk, data=answers)
    except InputError as error:
        fields = {row.field for row in error.errors}
        other = otherwise(form, answers) if fields == {"decision"} else None
        if other is None:
            raise
        work_items.complete_work_item(actor=officer, item_id=item.pk, data=other)
        return other
    return answers


def _matter(item: WorkItem) -> Matter | None:
    if item.owner_type != "matter":
        return None
    found = Matter.objects.get(pk=item.owner_id)
    found.package = catalogue.package(found.package_id)
    return found
