"""Ways in which a case ends otherwise, and appearances in person."""

from datetime import date

from django.utils.translation import gettext as _

from cases import steps
from cases.models import Case, OfficeVisit
from cases.visibility import require_case
from common import clock, jobs, outbox
from common.errors import ConflictError, InputError
from common.usecase import use_case
from households import steps as households
from households.models import Person
from households.visibility import require_person
from permissions.models import User

ENDS = ("death", "moved", "imprisoned")
KINDS = (*ENDS, "released", "guardian_changed")


@use_case
def withdraw_case(*, actor: User, case_id: int, reason: str) -> Case:
    """撤回 by the applicant, recorded at the window; nothing more is granted.

    What was decided before stays. Raises MissingError, DeniedError, InputError, ConflictError
    case-closed. Publishes case.withdrawn.
    """
    case = _open_case(actor, case_id, "case.withdraw")
    reason = _text(reason)
    for matter in steps.open_matters(case):
        steps.end_matter(matter, outcome="withdrawn", actor=actor, reason=reason)
    steps.close_case(case, status="withdrawn", actor=actor, reason=reason)
    return case


@use_case
def record_office_visit(*, actor: User, case_id: int, reason: str) -> OfficeVisit:
    """One more appearance in person (跑动). Publishes office_visit.recorded."""
    case = _open_case(actor, case_id, "case.record_office_visit")
    reason = _text(reason, size=200)
    case.in_person_count += 1
    case.save(update_fields=["in_person_count"])
    row = OfficeVisit.objects.create(case=case, at=clock.now(), reason=reason, recorded_by=actor)
    outbox.publish("office_visit.recorded", stream=case.stream, actor=actor, reason=reason)
    return row


def record_life_event(*, actor: User, person_no: str, kind: str, on: date) -> list[Case]:
    """Death, a move away, imprisonment: what runs for the person ends, each case by itself.

    Raises InputError, MissingError, DeniedError. Publishes person.changed.
    """
    if kind not in KINDS:
        raise InputError("invalid-data", _("没有这种情况"), field="kind")
    if on > clock.today():
        raise InputError("invalid-data", _("日期不能在将来"), field="on")
    person = require_person(actor, person_no, "person.record_life_event")
    if person.birth_on and on < person.birth_on:
        raise InputError("invalid-data", _("日期有误"), field="on")
    _record(actor=actor, person=person, kind=kind, on=on)
    return end_for_person(person_id=person.pk, kind=kind, actor=actor) if kind in ENDS else []


def end_for_person(*, person_id: int, kind: str, actor: User | None = None) -> list[Case]:
    """End what runs for somebody who died, moved or went to prison, each case by itself.

    May be repeated: the job that follows a life event finishes what a crash left over.
    """
    person = Person.objects.get(pk=person_id)
    rows = Case.objects.filter(status="open")
    concerned = rows.filter(applicant=person) | rows.filter(matters__person=person)
    ids = list(concerned.distinct().values_list("pk", flat=True))
    return [_end_for(actor=actor, case_id=pk, person=person, kind=kind) for pk in ids]


@use_case
def _record(*, actor: User, person: Person, kind: str, on: date) -> None:
    if kind in ENDS:
        jobs.defer("cases.end_for_person", person_id=person.pk, kind=kind)
    match kind:
        case "death":
            households.record_death(person=person, on=on, actor=actor)
        case "moved":
            households.record_move(person=person, on=on, actor=actor)
        case "imprisoned":
            households.record_imprisonment(person=person, on=on, actor=actor)
        case "released":
            households.record_imprisonment(person=person, on=None, actor=actor)
        case _:
            outbox.publish("person.changed", stream=f"person:{person.pk}", actor=actor, change=kind)


@use_case
def _end_for(*, actor: User | None, case_id: int, person: Person, kind: str) -> Case:
    case = steps.lock_case(case_id)
    reason = {"death": _("申请人死亡"), "moved": _("已迁出"), "imprisoned": _("收监")}[kind]
    whole = case.applicant_id == person.pk
    for matter in steps.open_matters(case):
        if whole:
            steps.end_matter(matter, outcome="ended", actor=actor, reason=reason)
        elif matter.person_id == person.pk:
            steps.cancel_matter(matter, outcome="ended", actor=actor, reason=reason)
    if whole and case.status == "open":
        steps.close_case(case, status="closed", actor=actor, reason=reason)
    return case


def _open_case(actor: User, case_id: int, action: str) -> Case:
    require_case(actor, case_id, action)
    case = steps.lock_case(case_id)
    if case.status != "open":
        raise ConflictError("case-closed", case_number=case.number)
    return case


def _text(text: str, size: int = 1000) -> str:
    text = (text or "").strip()
    if not text or len(text) > size:
        raise InputError("invalid-data", _("请填写事由"), field="reason")
    return text
