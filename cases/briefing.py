"""What an officer needs for one task: its form, what may be done with it, what is known."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model

from cases import catalogue, needs, outcomes, taskrows
from cases.models import Case, CaseFact, Matter, Package
from cases.querysets import items_visible_to, may_do_item
from cases.services.work_items import form_of, package_of, same_officer
from common import clock
from common.errors import MissingError
from households import steps as households
from households.models import Household, Person
from households.represent import status
from permissions.models import User
from workflows import steps as flow
from workflows.models import WorkItem

Json = dict[str, Any]
HOUSEHOLD_FACTS = (
    *("household_no", "low_income_farm", "is_provisional"),
    *("address", "poverty_cause", "housing", "floor_area", "dwelling_grade", "homes"),
    *("income_month", "income_year", "rigid_spending_year", "assets"),
    *("vehicles", "vehicles_value", "companies"),
)
PERSON_FACTS = (
    *("person_no", "name", "sex", "birth_on"),
    *("disability_category", "disability_grade", "disability_from", "disability_to"),
    *("care_level", "care_status", "father_state", "mother_state", "obligor_state"),
    *("labour", "employment", "unemployed_since", "school_stage", "income_month"),
    *("health", "severe_illness", "insured", "medical_own_cost_year"),
)


def brief(item_id: int, user: User) -> Json:
    """One task with all that its page shows. Raises MissingError where it is not seen."""
    rows = items_visible_to(user).select_related("instance", "org_unit", "assignee")
    item = rows.filter(pk=item_id).first()
    if item is None:
        raise MissingError
    case = Case.objects.select_related("household", "applicant").get(pk=item.subject_id)
    matter = None
    if item.owner_type == "matter":
        matter = Matter.objects.select_related("person", "household").get(pk=item.owner_id)
        matter.case, matter.package = case, catalogue.package(matter.package_id)
    package = package_of(item.instance)
    schema = form_of(item, package)
    is_mine = item.status == "claimed" and item.assignee_id == user.pk
    back = flow.returnable_steps(item) if is_mine else []
    draft, suggestion = prefilled(item, package, schema, matter)
    hidden = needs.hidden(item, package)
    return taskrows.task(taskrows.of_item(item), case, matter, clock.today()) | {
        "form": {"schema": schema, "ui": {"order": list(schema["properties"])}, "draft": draft},
        "allowed": allowed(item, user, package, can_return=bool(back)),
        "return_to": [{"step": step, "name": name} for step, name in back],
        "due_reason": item.due_reason,
        "answers": item.answers,
        "facts": facts(case, matter, hidden) | _against(item, schema, matter),
        "suggestion": suggestion,
    }


def allowed(item: WorkItem, user: User, package: Package, *, can_return: bool) -> list[str]:
    """What this user may do with it now; who did an earlier step it is kept apart from, less."""
    if not item.is_open or not may_do_item(user, item):
        return []
    if item.status == "claimed" and item.assignee_id != user.pk:
        return []
    barred = same_officer(item, user, package)
    if item.status == "ready":
        return [] if barred else ["claim"]
    found = ["release", "draft", "supplement", "transfer", "delegate"]
    return ([] if barred else ["complete"]) + found + (["return"] if can_return else [])


def prefilled(
    item: WorkItem, package: Package, schema: Json, matter: Matter | None
) -> tuple[Json, Json | None]:
    """(draft, suggestion): what was typed, or answered before, or by a matter that shares it."""
    if item.draft or not item.is_open:
        return item.draft, None
    earlier = WorkItem.objects.earlier_than(item).values_list("answers", flat=True).first()
    if earlier:
        return _fitting(earlier, schema), None
    shared = _shared(item, package, matter) if "decision" not in schema["properties"] else None
    if shared is None:
        return {}, None
    code, found = shared
    draft = _fitting(found.answers, schema)
    by = found.finished_by.name if found.finished_by else None
    return draft, {"matter": code, "task": found.pk, "by": by, "answers": draft}


def _shared(item: WorkItem, package: Package, matter: Matter | None) -> tuple[str, WorkItem] | None:
    """The newest answers to the same step of a matter of this case that shares the opinion."""
    group = package.settings.get("shares")
    if not group or matter is None:
        return None
    siblings = Matter.objects.filter(case_id=matter.case_id, person=matter.person)
    codes = {
        row.pk: row.code
        for row in siblings.exclude(pk=matter.pk)
        if catalogue.package(row.package_id).settings.get("shares") == group
    }
    rows = WorkItem.objects.filter(
        owner_type="matter", owner_id__in=codes, step=item.step, status="done"
    )
    found = rows.select_related("finished_by").order_by("-pk").first() if codes else None
    return None if found is None else (codes[found.owner_id], found)


def _fitting(answers: Json, schema: Json) -> Json:
    return {key: value for key, value in answers.items() if key in schema["properties"]}


def facts(case: Case, matter: Matter | None, hidden: frozenset[str]) -> Json:
    """What the register holds and what this case has verified. Unknown is null.

    hidden: columns, and names of what was verified, that this task does not need.
    """
    household: Household = case.household
    person: Person = (matter.person if matter else None) or case.applicant
    today = clock.today()
    verified = CaseFact.objects.filter(case=case).order_by("id")
    return {
        "household": _values(household, HOUSEHOLD_FACTS, hidden)
        | status(household, today)
        | {"members": households.members(household, today).count()},
        "person": _values(person, PERSON_FACTS, hidden)
        | status(person, today)
        | {"age": age(person.birth_on, today)},
        "verified": {row.name: row.data for row in verified if row.name not in hidden},
    }


def _against(item: WorkItem, schema: Json, matter: Matter | None) -> Json:
    """Of a task that is to decide: what other aid of the beneficiary means for the decision."""
    if matter is None or not item.is_open or "decision" not in schema["properties"]:
        return {}
    return {"other_aid": [meeting.as_dict() for meeting in outcomes.other_aid(matter)]}


def age(birth_on: date, today: date) -> int:
    """Full years."""
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


def _values(row: Model, columns: tuple[str, ...], hidden: frozenset[str]) -> Json:
    return {column: _plain(getattr(row, column)) for column in columns if column not in hidden}


def _plain(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value
