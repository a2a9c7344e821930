"""What staff do with a work item."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cases import catalogue, clocks, hooks, relatives, steps, waits
from cases.guard import guarded
from cases.models import Case, Matter, Package, Supplement
from cases.querysets import may_do_item, may_see_item
from common import calendar, clock, outbox
from common.calendar import Limit
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.usecase import use_case
from permissions.models import User
from workflows import answers as form_answers
from workflows import steps as flow
from workflows.models import Instance, WorkItem

DECIDES = ("dept_approver", "township_approver")
Answers = dict[str, Any]


@use_case
def claim(*, actor: User, item_id: int) -> WorkItem:
    """Take an item of one's organisation; doing so again changes nothing.

    Raises MissingError, DeniedError (not-allowed, related-person), ConflictError already-claimed,
    already-done, task-cancelled. Publishes task.claimed.
    """
    item, case = _hold(actor, item_id)
    relatives.insist_unrelated(actor, case.pk)
    if item.status == "claimed" and item.assignee_id == actor.pk:
        return item
    if item.status == "claimed":
        raise ConflictError("already-claimed", assignee=_name_of(item))
    _insist_open(item)
    item.status, item.assignee, item.claimed_at = "claimed", actor, clock.now()
    item.save(update_fields=["status", "assignee", "claimed_at"])
    _publish("task.claimed", item, case, actor)
    return item


@use_case
def release(*, actor: User, item_id: int) -> WorkItem:
    """Put a claimed item back for the organisation. Publishes task.released."""
    item, case = _hold(actor, item_id)
    _insist_mine(item, actor)
    item.status, item.assignee, item.claimed_at = "ready", None, None
    item.delegated_by = None
    item.save(update_fields=["status", "assignee", "claimed_at", "delegated_by"])
    _publish("task.released", item, case, actor)
    return item


@use_case
def save_draft(*, actor: User, item_id: int, data: Answers) -> WorkItem:
    """Keep what was typed, as typed. Raises InputError when it is no flat object."""
    item, _case = _hold(actor, item_id)
    _insist_mine(item, actor)
    item.draft = form_answers.clean_draft(data)
    item.save(update_fields=["draft"])
    return item


@guarded
@use_case
def complete_work_item(*, actor: User, item_id: int, data: Answers) -> Case:
    """Finish a work item and let its process go on; the case as it then stands.

    data: form field to value, money in yuan as a string. Raises MissingError, DeniedError
    (not-allowed, same-officer, related-person), InputError invalid-data, ConflictError
    (not-claimed, already-done, task-cancelled). Publishes task.completed and what follows.
    A delegated item goes back to who delegated it, with the answers as its draft.
    """
    item = flow.lock_work_item(item_id)
    _require(actor, item)
    if relatives.is_found(actor, item.subject_id):
        raise DeniedError("related-person")
    _insist_mine(item, actor)
    package = package_of(item.instance)
    _insist_apart(item, actor, package)
    schema = form_of(item, package)
    answers = form_answers.clean(
        schema, data, opened_on=_opened_on(item, schema), today=clock.today()
    )
    if item.delegated_by_id is not None:
        return _hand_back(item, answers, actor)
    flow.advance(item, actor=actor, answers=answers)
    return hooks.owner_of(item.instance).case


@guarded
@use_case
def return_work_item(*, actor: User, item_id: int, step: str = "", reason: str) -> Case:
    """退回: back to the human step before, or the one named. Publishes task.returned."""
    reason = _reason(reason)
    item = flow.lock_work_item(item_id)
    _require(actor, item)
    _insist_mine(item, actor)
    steps_back = dict(flow.returnable_steps(item))
    if not steps_back or (step and step not in steps_back):
        raise InputError("invalid-data", _("不能退回到这一步"), field="step")
    case = hooks.owner_of(item.instance).case
    result = flow.return_item(item, step=step or None, actor=actor)
    matter = hooks.owner_of(item.instance).matter
    if matter is not None:
        waits.realign(matter, result)
    _publish("task.returned", item, case, actor, reason=reason, to=step)
    return case


@use_case
def transfer(*, actor: User, item_id: int, to: str, reason: str) -> WorkItem:
    """转办: another colleague with the role gets it for good. Publishes task.transferred."""
    item, case = _hold(actor, item_id)
    receiver = _colleague(item, actor, to)
    _insist_mine(item, actor)
    item.assignee, item.delegated_by = receiver, None
    item.save(update_fields=["assignee", "delegated_by"])
    _publish("task.transferred", item, case, actor, reason=_reason(reason), to=receiver.username)
    return item


@use_case
def delegate(*, actor: User, item_id: int, to: str, reason: str) -> WorkItem:
    """委派: a colleague does it, then it comes back. Publishes task.transferred."""
    item, case = _hold(actor, item_id)
    receiver = _colleague(item, actor, to)
    _insist_mine(item, actor)
    item.assignee, item.delegated_by = receiver, actor
    item.save(update_fields=["assignee", "delegated_by"])
    _publish(
        "task.transferred",
        item,
        case,
        actor,
        reason=_reason(reason),
        to=receiver.username,
        comes_back=True,
    )
    return item


@use_case
def ask_supplement(*, actor: User, item_id: int, kinds: list[str], message: str) -> Supplement:
    """补正: one notice of all papers that are missing.

    The clocks of the matters that need them stand still until the papers arrive; when the time
    to supply them ends, those matters are deemed withdrawn. Publishes supplement.asked.
    """
    item, case = _hold(actor, item_id)
    _insist_mine(item, actor)
    known = catalogue.kinds()
    if not kinds or len(kinds) > len(known) or any(kind not in known for kind in kinds):
        raise InputError("invalid-data", _("没有这种材料"), field="materials")
    matters = _needing(case, item, set(kinds))
    if not matters:
        raise InputError("invalid-data", _("没有在办事项需要这种材料"), field="materials")
    limit = Limit.parse(str(catalogue.parameter("supplement_time", clock.today(), "10wd")))
    due_at, found = calendar.due(limit, clock.now())
    row = Supplement.objects.create(
        case=case,
        asked_by=actor,
        asked_at=clock.now(),
        kinds=sorted(set(kinds)),
        message=_reason(message, "message"),
        due_at=due_at,
        due_reason=found.explanation,
    )
    row.matters.set(matters)
    for matter in matters:
        clocks.pause(matter, ground=_("补正材料"))
    _publish(
        "supplement.asked",
        item,
        case,
        actor,
        kinds=row.kinds,
        message=row.message,
        due_on=str(found.on),
        matters=[m.code for m in matters],
    )
    return row


# --- what the services share ---------------------------------------------------------------


def package_of(instance: Instance) -> Package:
    """The package whose process an instance runs."""
    return catalogue.package_of_definition(instance.definition_id)


def form_of(item: WorkItem, package: Package) -> dict[str, Any]:
    """The JSON Schema of an item's form."""
    found: dict[str, Any] = package.forms[item.step]
    return found


def _opened_on(item: WorkItem, schema: dict[str, Any]) -> date:
    """The day of the case's opening, looked up only for a form that asks for a day."""
    if not any(field.get("format") == "date" for field in schema["properties"].values()):
        return clock.today()
    opened_at = Case.objects.values_list("opened_at", flat=True).get(pk=item.subject_id)
    return clock.day_of(opened_at)


def _hold(actor: User, item_id: int) -> tuple[WorkItem, Case]:
    """Lock the case, then the item: the order in which every step writes."""
    subject = WorkItem.objects.filter(pk=item_id).values_list("subject_id", flat=True).first()
    if subject is None:
        raise MissingError
    case = steps.lock_case(subject)
    item = (
        WorkItem.objects.select_for_update(no_key=True, of=("self",))
        .select_related("instance", "assignee")
        .get(pk=item_id)
    )
    _require(actor, item)
    return item, case


def _require(actor: User, item: WorkItem) -> None:
    """Only the organisation's staff see an item, only those with the role do it."""
    if not may_see_item(actor, item):
        raise MissingError
    if not may_do_item(actor, item):
        raise DeniedError("not-allowed")


def _insist_open(item: WorkItem) -> None:
    if item.status == "done":
        raise ConflictError("already-done")
    if item.status == "cancelled":
        raise ConflictError("task-cancelled")


def _insist_mine(item: WorkItem, actor: User) -> None:
    _insist_open(item)
    if item.status != "claimed" or item.assignee_id != actor.pk:
        # what a relative had claimed was taken away again
        relatives.insist_unrelated(actor, item.subject_id)
        raise ConflictError("not-claimed", assignee=_name_of(item))


def _name_of(item: WorkItem) -> str:
    return item.assignee.username if item.assignee else ""


def same_officer(item: WorkItem, actor: User, package: Package) -> bool:
    """Whether duties kept apart bar the actor: opinion and decision, handler and approver."""
    meta = package.definition.meta["steps"] if package.definition else {}
    named = meta.get(item.step, {}).get("properties", {}).get("not_by", "")
    apart = {step.strip() for step in named.split(",") if step.strip()}
    if item.role in DECIDES:
        apart |= {step for step, row in meta.items() if row.get("role") not in DECIDES}
    if not apart:
        return False
    done = WorkItem.objects.filter(instance=item.instance_id, status="done", step__in=apart)
    return done.filter(finished_by=actor).exists()


def _insist_apart(item: WorkItem, actor: User, package: Package) -> None:
    if same_officer(item, actor, package):
        raise DeniedError("same-officer")


def _colleague(item: WorkItem, actor: User, username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None or found.pk == actor.pk:
        raise InputError("invalid-data", _("没有这位同事"), field="to")
    if not may_do_item(found, item):
        raise InputError("invalid-data", _("这位同事没有办理这一步的岗位"), field="to")
    relatives.insist_unrelated(found, item.subject_id)
    return found


def _reason(text: str, field: str = "reason") -> str:
    text = (text or "").strip()
    if not text or len(text) > 1000:
        raise InputError("invalid-data", _("请填写理由（不超过 1000 字）"), field=field)
    return text


def _hand_back(item: WorkItem, answers: Answers, actor: User) -> Case:
    case = hooks.owner_of(item.instance).case
    item.draft, item.assignee, item.delegated_by = answers, item.delegated_by, None
    item.save(update_fields=["draft", "assignee", "delegated_by"])
    _publish("task.returned", item, case, actor, reason=_("委派办理完毕"))
    return case


def _needing(case: Case, item: WorkItem, kinds: set[str]) -> list[Matter]:
    found = []
    for matter in steps.open_matters(case):
        needs = {m["kind"] for m in matter.settings.get("materials", [])}
        mine = item.owner_type == "matter" and matter.pk == item.owner_id
        if mine or needs & kinds:
            found.append(matter)
    return found


def _publish(name: str, item: WorkItem, case: Case, actor: User, **data: Any) -> None:
    code = "" if item.owner_type == "intake" else package_of(item.instance).code
    outbox.publish(name, stream=case.stream, actor=actor, **hooks.item_data(item, code), **data)
