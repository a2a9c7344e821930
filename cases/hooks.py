"""What the workflow room asks of the owners of its instances, and tells them.

The case row is locked once a step, after the engine has run and before anything is written:
instance, then case, then work items. All that changes a case holds that lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from cases import catalogue, clocks, relatives, steps, waits
from cases.models import Case, Matter, Package
from common import calendar, clock, outbox
from common.calendar import Limit
from common.errors import ConflictError, EngineError
from permissions.models import OrgUnit
from workflows.hooks import Placement, StepMeta, TimerMeta
from workflows.models import Instance, WorkItem
from workflows.steps import StepResult

_finishing: ContextVar[bool] = ContextVar("finishing", default=False)
AT_TOWNSHIP = frozenset({"window_clerk", "township_officer", "township_approver", "helper"})


@dataclass
class Owner:
    """The locked case, and the matter when the instance is a matter's."""

    case: Case
    matter: Matter | None

    @property
    def package(self) -> Package:
        """Whose process it is: the matter's package, or the intake's."""
        return self.matter.package if self.matter else catalogue.package(self.case.intake_id)


def owner_of(instance: Instance) -> Owner:
    """Lock the instance's case, once a loaded instance."""
    found: Owner | None = instance.__dict__.get("_owner")
    if found is None:
        if instance.owner_type == "matter":
            matter = steps.lock_case_of(instance.subject_id, instance.owner_id)
            found = adopt(instance, matter.case, matter)
        else:
            found = adopt(instance, steps.lock_case(instance.subject_id), None)
    return found


def adopt(instance: Instance, case: Case, matter: Matter | None) -> Owner:
    """The caller holds the case's lock and has its rows already."""
    instance.__dict__["_owner"] = found = Owner(case, matter)
    return found


@lru_cache(maxsize=1024)
def org_unit_id(code: str) -> int:
    """An organisation's id; codes do not change."""
    found = OrgUnit.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise EngineError("engine-failed", f"no organisation {code}")
    return found


@contextmanager
def finishing() -> Iterator[None]:
    """The case has ended; its intake only comes to its own end."""
    token = _finishing.set(True)
    try:
        yield
    finally:
        _finishing.reset(token)


class _Hooks:
    def before_write(self, instance: Instance) -> None:
        """Nothing is written for a matter that ended meanwhile."""
        raise NotImplementedError

    def place(self, instance: Instance, step: StepMeta) -> Placement:
        """Which organisation does a step, and until when."""
        owner = owner_of(instance)
        settings = owner.package.settings
        code = step.organisation or ("township" if step.role in AT_TOWNSHIP else "lead")
        if code == "township":
            unit = owner.case.township_id
        else:
            unit = org_unit_id(settings["lead"] if code == "lead" else code)
        started = clock.now()
        limit = Limit.parse(settings.get("steps", {}).get(step.id, "5wd"))
        due_at, found = calendar.due(limit, started)
        warn_on = clocks.warn_day(clock.day_of(started), found.on, limit, [])
        return Placement(
            org_unit_id=unit,
            role=step.role,
            due_at=due_at,
            warn_at=clock.midnight(warn_on),
            due_reason=found.explanation,
        )

    def timer_due(self, instance: Instance, timer: TimerMeta) -> datetime:
        """When a timer's limit has passed, by our calendar."""
        due_at, _found = calendar.due(Limit.parse(timer.limit), clock.now())
        return due_at


class MatterHooks(_Hooks):
    """A matter's own process."""

    def before_write(self, instance: Instance) -> None:
        owner = owner_of(instance)
        if owner.case.status != "open" or not (owner.matter and owner.matter.is_open):
            raise ConflictError("task-cancelled")

    def after_step(self, result: StepResult) -> None:
        """Waits, clock, events and the matter's end, in the step's transaction."""
        owner = owner_of(result.instance)
        matter = owner.matter
        if matter is None:
            raise TypeError("a matter's process without a matter")
        told = step_events(result, matter.code)
        actor = result.finished.finished_by if result.finished else None
        outbox.publish_many(told, stream=owner.case.stream, actor=actor)
        if result.ended is not None:
            steps.end_matter(
                matter, outcome=result.ended.outcome, actor=actor, given=_decision(result)
            )
            steps.settle(owner.case, matter, actor=actor)
            return
        waits.keep_clock(matter, result)
        waits.keep_waits(matter, result)


class IntakeHooks(_Hooks):
    """The process that does the joint work once for all matters."""

    def place(self, instance: Instance, step: StepMeta) -> Placement:
        """The same; the home of a relative of the township's staff is visited by the county."""
        found = super().place(instance, step)
        owner = owner_of(instance)
        rule = owner.package.settings.get("related_visit", {})
        if step.id != rule.get("step") or not relatives.county_visits(owner.case):
            return found
        return replace(found, org_unit_id=org_unit_id(rule["organisation"]), role=rule["role"])

    def before_write(self, instance: Instance) -> None:
        if owner_of(instance).case.status != "open" and not _finishing.get():
            raise ConflictError("task-cancelled")

    def after_step(self, result: StepResult) -> None:
        """Facts of the joint work that this step published go to the matters."""
        case = owner_of(result.instance).case
        actor = result.finished.finished_by if result.finished else None
        outbox.publish_many(step_events(result, ""), stream=case.stream, actor=actor)
        for fact in result.instance.__dict__.pop("_published", []):
            answers = result.finished.answers if result.finished else {}
            steps.publish_fact(case, fact, dict(answers or {}), actor=actor)


def step_events(result: StepResult, code: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of one step's work items."""
    found: list[tuple[str, dict[str, Any]]] = []
    if result.finished is not None:
        found.append(("task.completed", item_data(result.finished, code)))
    found += [("task.cancelled", item_data(item, code)) for item in result.cancelled]
    found += [("task.ready", item_data(item, code)) for item in result.created]
    return found


def item_data(item: WorkItem, code: str) -> dict[str, Any]:
    """What an event tells of a work item."""
    return {
        "task": item.pk,
        "step": item.step,
        "name": item.name,
        "matter": code,
        "org_unit": item.org_unit_id,
    }


def _decision(result: StepResult) -> dict[str, Any]:
    """The newest answers that decide: this step's, or an earlier one's."""
    if result.finished is not None and "decision" in (result.finished.answers or {}):
        return dict(result.finished.answers)
    answers = (
        WorkItem.objects.filter(
            instance=result.instance, status="done", answers__has_key="decision"
        )
        .order_by("-finished_at", "-pk")
        .values_list("answers", flat=True)
        .first()
    )
    last = result.finished.answers if result.finished is not None else None
    return dict(answers or last or {})
