"""What runs inside another's transaction, under the case's lock."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from cases import catalogue, clocks, outcomes, papers, waits
from cases.models import Case, CaseFact, Matter, Outcome, Package, Supplement, Wait
from cases.waits import JOINT
from common import clock, direct, jobs, outbox
from households import steps as households
from households.models import STATUS_COLUMNS, Benefit, Household, Person
from permissions.models import User
from workflows import steps as flow
from workflows.models import Instance, WorkItem

Told = list[tuple[str, dict[str, Any]]]


# the whole case; of the register what every step and answer needs
P = (Person, ("id", "person_no", "name", "id_number", *STATUS_COLUMNS))
H = (Household, ("id", "household_no", "division_code", "is_provisional", *STATUS_COLUMNS))
CASES = direct.Reader(Case, p=P, h=H)
CASES_AND_MATTER = direct.Reader(
    Case, m=(Matter, [f.attname for f in Matter._meta.concrete_fields]), p=P, h=H
)
FROM = """FROM cases_case r JOIN households_person p ON p.id = r.applicant_id
JOIN households_household h ON h.id = r.household_id """
LOCKED = FROM + "WHERE r.id = %s FOR NO KEY UPDATE OF r"
# the matter is locked too, or it would be read as it was before the case's lock was waited for
WITH_MATTER = f"""{FROM} JOIN cases_matter m ON m.case_id = r.id
WHERE r.id = %s AND m.id = %s FOR NO KEY UPDATE OF r, m"""

COUNT = """UPDATE cases_case SET open_matters = open_matters + %s WHERE id = %s
RETURNING open_matters"""


def lock_case(case_id: int) -> Case:
    """The case row, held against every other change of the case. Raises Case.DoesNotExist."""
    found = CASES.all(LOCKED, [case_id])
    if not found:
        raise Case.DoesNotExist
    case: Case
    case, case.applicant, case.household = found[0]
    return case


def lock_case_of(case_id: int, matter_id: int) -> Matter:
    """The same together with one matter, ready for `end_matter`. Raises Matter.DoesNotExist."""
    found = CASES_AND_MATTER.all(WITH_MATTER, [case_id, matter_id])
    if not found:
        raise Matter.DoesNotExist
    matter: Matter
    case, matter, case.applicant, case.household = found[0]
    matter.case, matter.package = case, catalogue.package(matter.package_id)
    return matter


def open_matters(case: Case, **where: Any) -> list[Matter]:
    """The case's open matters, ready for `end_matter`."""
    rows = list(Matter.objects.open().filter(case=case, **where).select_related("person"))
    for matter in rows:
        matter.case, matter.package = case, catalogue.package(matter.package_id)
    return rows


def publish_fact(case: Case, name: str, answers: dict[str, Any], *, actor: User | None) -> None:
    """Joint work is done once for all matters of the case; those that wait are woken."""
    fact = CaseFact(case=case, name=name, data=answers, at=clock.now())
    direct.add_new([fact])
    setattr(case, JOINT[name], "done")
    direct.change(case, [JOINT[name]])
    event = "means.verified" if name == "means.verified" else "visit.recorded"
    outbox.publish(event, stream=case.stream, actor=actor)
    # who comes to wait later looks for the fact himself, under the case's lock
    if Wait.objects.filter(matter__case_id=case.pk, message=name).exists():
        jobs.defer("cases.wake_matters", case_id=case.pk)


def start_matters(
    case: Case,
    chosen: list[tuple[Package, Person | None]],
    *,
    actor: User | None,
    event: str = "",
) -> list[Matter]:
    """Begin matters and their processes; for the case's household when no person is given.

    All rows are there before the first process runs, so that none takes a later one for absent.
    The caller holds the case's lock. A matter may end as soon as it begins.
    """
    rows = [_new_matter(case, package, person, event) for package, person in chosen]
    _count(case, len(rows))
    Matter.objects.bulk_create(rows)
    wanted = [(m.settings, m.person) for m in rows]
    held = papers.held_kinds(wanted, case.applicant, case.household)
    case.papers_held = sorted({*case.papers_held, *held})
    case.save(update_fields=["papers_held"])
    clocks.start_many(rows, ground=_("受理"))
    told: Told = [("matter.started", {"matter": m.code, "due_on": str(m.due_on)}) for m in rows]
    told += [("clock.started", {"matter": m.code, "text": m.due_reason}) for m in rows]
    outbox.publish_many(told, stream=case.stream, actor=actor)
    for matter in rows:
        _start_process(matter, actor)
    return rows


def _new_matter(case: Case, package: Package, person: Person | None, event: str) -> Matter:
    matter = Matter(
        case=case,
        code=package.code,
        package=package,
        person=person,
        household=None if person else case.household,
        started_at=clock.now(),
        started_by_event=event,
    )
    clocks.set_due(matter, [])
    return matter


def _start_process(matter: Matter, actor: User | None) -> None:
    from cases.hooks import adopt  # hooks call these steps

    flow.start_instance(
        process_id=matter.code,
        owner_type="matter",
        owner_id=matter.pk,
        subject_id=matter.case_id,
        data={},
        actor=actor,
        definition=matter.package.definition,
        prepare=lambda instance: adopt(instance, matter.case, matter),
    )


def end_matter(
    matter: Matter,
    *,
    outcome: str,
    actor: User | None,
    given: dict[str, Any] | None = None,
    reason: str = "",
) -> Outcome:
    """A matter's one outcome, with its benefit and events. Settling the case is the caller's."""
    row = outcomes.record(matter, outcome, actor=actor, given=given or {}, reason=reason)
    clocks.stop(matter, ground=str(Matter.Status(outcome).label))
    matter.status, matter.ended_at = outcome, clock.now()
    direct.change(matter, ["status", "ended_at"])
    direct.remove(Wait, matter_id=matter.pk)
    return row


def settle(case: Case, matter: Matter, *, actor: User | None) -> None:
    """After a matter's end: what begins by it, who waited for it, and the end of the case.

    The last open matter ends the case, exactly once: its row is locked.
    """
    Supplement.objects.filter(case=case, settled_at=None).exclude(
        matters__status__in=("waiting", "running")
    ).update(settled_at=clock.now(), result="moot")
    if matter.status == "approved" and matter.settings.get("status"):
        _start_by_event(case, "status.granted", actor)
    _count(case, -1)
    if case.open_matters == 0:
        close_case(case, status="closed", actor=actor)
    elif waits.ready(case.pk):
        jobs.defer("cases.wake_matters", case_id=case.pk)


def _count(case: Case, change: int) -> None:
    """Count open matters in the row itself: a step inside a step has loaded the case anew."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [change, case.pk])
        [case.open_matters] = cursor.fetchone()


def cancel_matter(matter: Matter, *, outcome: str, actor: User | None, reason: str) -> None:
    """End one matter from outside its process; its open tasks are cancelled at once."""
    ids = list(
        Instance.objects.filter(owner_type="matter", owner_id=matter.pk).values_list(
            "pk", flat=True
        )
    )
    cancelled = flow.cancel_open(instance_ids=ids)
    outbox.publish_many(_cancelled(cancelled), stream=matter.case.stream, actor=actor)
    end_matter(matter, outcome=outcome, actor=actor, reason=reason)
    jobs.defer("cases.finish_engines", case_id=matter.case_id)
    settle(matter.case, matter, actor=actor)


def close_case(case: Case, *, status: str, actor: User | None, **data: Any) -> None:
    """The case ends, once; what is still open in its processes is cancelled at once."""
    case.status, case.closed_at, case.open_matters = status, clock.now(), 0
    case.save(update_fields=["status", "closed_at", "open_matters"])
    Supplement.objects.filter(case=case, settled_at=None).update(
        settled_at=clock.now(), result="moot"
    )
    cancelled = flow.cancel_open(subject_id=case.pk)
    name = "case.withdrawn" if status == "withdrawn" else "case.closed"
    told: Told = [*_cancelled(cancelled), (name, data)]
    outbox.publish_many(told, stream=case.stream, actor=actor)
    jobs.defer("cases.finish_engines", case_id=case.pk)


def _cancelled(items: list[WorkItem]) -> Told:
    return [
        ("task.cancelled", {"task": item.pk, "step": item.step, "name": item.name})
        for item in items
    ]


def _start_by_event(case: Case, event: str, actor: User | None) -> None:
    """Matters that nobody applies for begin by themselves, once a case."""
    present = set(Matter.objects.filter(case=case).values_list("code", flat=True))
    for package in catalogue.matters():
        if event not in package.settings.get("started_by", []) or package.code in present:
            continue
        people = _event_beneficiaries(case, package)
        start_matters(case, [(package, p) for p in people], actor=actor, event=event)


def _event_beneficiaries(case: Case, package: Package) -> list[Person | None]:
    """Who has neither the aid nor an application for it: the household, or its members."""
    today = clock.today()
    open_rows = Matter.objects.open().filter(code=package.code)
    running = Benefit.objects.filter(matter=package.code).standing(on=today)
    if package.settings["beneficiary"] == "household":
        busy = open_rows.filter(household=case.household).exists()
        return [] if busy or running.filter(household=case.household).exists() else [None]
    people = [row.person for row in households.members(case.household, today)]
    taken = {
        *open_rows.filter(person__in=people).values_list("person_id", flat=True),
        *running.filter(person__in=people).values_list("person_id", flat=True),
    }
    return [person for person in people if person.pk not in taken]
