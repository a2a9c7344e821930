"""What a task's page shows, read in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from cases import briefing, catalogue, words
from cases.forms import Pairs, answer_form, answers_in_words
from cases.models import Case, Package
from cases.querysets import items_visible_to
from cases.services.work_items import form_of, package_of
from common import clock
from common.errors import MissingError
from permissions.models import RoleAssignment, User
from workflows.models import WorkItem

Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step of the bar on top: its name and how far it is."""

    name: str
    state: str


@dataclass(frozen=True)
class Earlier:
    """A finished step and what was answered there."""

    item: WorkItem
    answers: Pairs


def schema_of(item_id: int, user: User) -> Json:
    """The form of a task that the user sees. Raises MissingError."""
    item = items_visible_to(user).select_related("instance").filter(pk=item_id).first()
    if item is None:
        raise MissingError
    return form_of(item, package_of(item.instance))


def context(item_id: int, user: User, *, typed: Mapping[str, Any]) -> Json:
    """All that `cases/_task.html` shows. typed: answers of a refused request."""
    task = briefing.brief(item_id, user)
    case = Case.objects.select_related("applicant", "township").get(pk=task["case"])
    whole = Q(subject_id=case.pk)
    items = list(
        WorkItem.objects.filter(whole)
        .select_related("instance", "finished_by", "assignee", "delegated_by")
        .order_by("finished_at", "pk")
    )
    item = next(row for row in items if row.pk == item_id)
    package = package_of(item.instance)
    known = catalogue.kinds()
    draft = dict(typed or task["form"]["draft"] or task["answers"])
    schema = task["form"]["schema"]
    form = answer_form(schema, draft, _papers(case, schema, known))
    verified = words.joint_work(task["facts"]["verified"], case.intake_id)
    return {
        "task": task,
        "item": item,
        "case": case,
        "title": catalogue.name(package.settings),
        "due_on": clock.day_of(item.due_at - clock.TICK) if item.due_at else None,
        "steps": _steps(items, item, package),
        "facts": words.facts(task["facts"]),
        "verified": verified,
        "earlier": _earlier(items, item, package),
        "form": form,
        "is_mine": item.status == "claimed" and item.assignee_id == user.pk,
        "colleagues": _colleagues(item, user) if "transfer" in task["allowed"] else [],
        "kinds": _kinds(package, known) if "supplement" in task["allowed"] else [],
    }


def _papers(case: Case, schema: Json, known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The case's papers, for a form that may name one."""
    if not any(row.get("format") == "material" for row in schema["properties"].values()):
        return []
    rows = case.materials.order_by("pk")
    return [(str(row.pk), f"{_kind(known, row.kind)} · {row.name}") for row in rows]


def _kind(known: Mapping[str, Any], kind: str) -> str:
    return catalogue.name({"name": known[kind]}) if kind in known else kind


def _steps(items: list[WorkItem], item: WorkItem, package: Package) -> list[Step]:
    """Steps of the process in their order: the done ones, this one, and what is still to come."""
    meta = package.definition.meta if package.definition else {"order": [], "steps": {}}
    states: dict[str, str] = {}
    for row in items:
        if row.instance_id != item.instance_id:
            continue
        if row.is_open:
            states[row.step] = "active"
        elif row.status == "done" and states.get(row.step) != "active":
            states[row.step] = "done"
    order = [step for step in meta["order"] if step in meta["steps"]]
    return [Step(meta["steps"][step]["name"], states.get(step, "")) for step in order]


def _earlier(items: list[WorkItem], item: WorkItem, package: Package) -> list[Earlier]:
    """Finished steps of the same process with their answers, the latest first."""
    found = [
        Earlier(row, answers_in_words(package.forms.get(row.step, {}), row.answers))
        for row in items
        if row.instance_id == item.instance_id and row.status == "done" and row.pk != item.pk
    ]
    return found[::-1]


def _colleagues(item: WorkItem, user: User) -> list[User]:
    """Who else holds the role of this step in its organisation."""
    rows = (
        RoleAssignment.objects.in_force()
        .filter(
            org_unit_id=item.org_unit_id,
            role=item.role,
            user__is_active=True,
        )
        .exclude(user=user)
    )
    return [row.user for row in rows.select_related("user").order_by("user__name")]


def _kinds(package: Package, known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Papers that may be asked for: the matter's own first, then every other kind."""
    own = [row["kind"] for row in package.settings.get("materials", [])]
    order = [*own, *(kind for kind in known if kind not in own)]
    return [(kind, _kind(known, kind)) for kind in order if kind in known]
