"""What runs inside another's transaction, under the case's lock."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases import catalogue, clocks
from cases.models import Case, CaseFact, Matter, Outcome, Package, Supplement, Wait
from common import clock, jobs, outbox
from common.models import Event
from households import steps as households
from households.models import Benefit, Person
from permissions.models import OrgUnit, User
from workflows import steps as flow
from workflows.models import Instance, Timer, WorkItem
from workflows.steps import StepResult

JOINT = {"means.verified": "means", "visit.done": "visit"}
SETTLED = "status.settled"
SUPERSEDES = frozenset({"monthly", "yearly", "waiver", "status", "service"})


def lock_case(case_id: int) -> Case:
    """The case row, held against every other change of the case."""
    return Case.objects.select_for_update(no_key=True).get(pk=case_id)


# --- waiting -------------------------------------------------------------------------------


def payload(matter: Matter, message: str) -> dict[str, Any] | None:
    """What a message would bring, or None while its fact is not there."""
    if message == SETTLED:
        return _settled(matter)
    fact = CaseFact.objects.filter(case_id=matter.case_id, name=message).first()
    return None if fact is None else _fact_payload(fact)


def _fact_payload(fact: CaseFact) -> dict[str, Any]:
    key = f"{JOINT[fact.name]}_ok"
    return {key: bool(fact.data.get(key, True))}


def _settled(matter: Matter) -> dict[str, Any] | None:
    settings = matter.settings
    earlier = set(settings.get("after", []))
    rivals = [m for m in _siblings(matter) if m.code in earlier]
    if any(m.is_open for m in rivals):
        return None
    granted = [m.code for m in rivals if m.status == "approved"]
    excluded = [c for c in settings.get("excluded_by", []) if c in granted]
    held = {*granted, *_categories(matter)}
    needed = settings.get("needs_status", [])
    if not excluded and needed and not held & set(needed):
        excluded = ["no_status"]
    status = next((c for c in catalogue_order(settings) if c in held), "none")
    return {"excluded_by": excluded[0] if excluded else "", "status": status}


def catalogue_order(_settings: dict[str, Any]) -> list[str]:
    """Statuses, the one that goes first in front. Source: 民发〔2024〕57号 and Z13."""
    return catalogue.parameter(
        "status_order",
        clock.today(),
        ["destitute_support", "min_living", "marginal_household", "expenditure_hardship"],
    )


def _siblings(matter: Matter) -> list[Matter]:
    """Matters of the same case that concern the same beneficiary."""
    rows = Matter.objects.filter(case_id=matter.case_id).exclude(pk=matter.pk)
    if matter.person_id is not None:
        rows = rows.filter(Q(person=None) | Q(person_id=matter.person_id))
    return list(rows)


def _categories(matter: Matter) -> set[str]:
    case = matter.case
    person = matter.person or case.applicant
    return {person.category or case.household.category or "none"} - {"none", ""}


def keep_waits(matter: Matter, result: StepResult) -> None:
    """Go on at once where the fact is there; else remember what the matter waits for."""
    ready: list[tuple[str, dict[str, Any]]] = []
    for subscription in result.subscribed:
        found = payload(matter, subscription.message)
        if found is None:
            Wait.objects.get_or_create(
                matter=matter, message=subscription.message, defaults={"since": clock.now()}
            )
        else:
            ready.append((subscription.message, found))
    keep_status(matter, result)
    for message, found in ready:
        flow.deliver_message(instance_id=result.instance.pk, message=message, payload=found)


def keep_status(matter: Matter, result: StepResult) -> None:
    """waiting: nothing to do but to wait for joint work or another matter."""
    status, only_others = "running", False
    if not result.created and not _has_work(result.instance):
        messages = set(matter.waits.values_list("message", flat=True))
        if messages:
            status, only_others = "waiting", messages == {SETTLED}
    _hold(matter, hold=only_others)
    if status != matter.status:
        matter.status = status
        matter.save(update_fields=["status"])
        if status == "waiting":
            outbox.publish("matter.waiting", stream=matter.case.stream, matter=matter.code)


def _has_work(instance: Instance) -> bool:
    open_items = WorkItem.objects.filter(instance=instance, status__in=("ready", "claimed"))
    return open_items.exists() or Timer.objects.filter(instance=instance, fired_at=None).exists()


def _hold(matter: Matter, *, hold: bool) -> None:
    """Time stands still while only another matter is waited for (clock rule a)."""
    ground = _("等待前置事项办结")
    last = matter.clock_events.filter(ground=ground).order_by("-id").first()
    holds = last is not None and last.kind == "pause"
    if hold and not holds:
        clocks.pause(matter, ground=ground)
    elif holds and not hold:
        clocks.resume(matter, ground=ground)


def keep_clock(matter: Matter, result: StepResult, package: Package) -> None:
    """Pause and resume as the diagram's timers say."""
    meta = package.definition.meta["timers"] if package.definition else {}
    for element in result.fired:
        ground = meta.get(element, {}).get("properties", {}).get("pauses_clock")
        if ground:
            clocks.resume(matter, ground=ground)
            outbox.publish("clock.resumed", stream=matter.case.stream, matter=matter.code)
    for timer in result.timers:
        ground = meta.get(timer.element, {}).get("properties", {}).get("pauses_clock")
        if ground:
            clocks.pause(matter, ground=ground)
            outbox.publish(
                "clock.paused", stream=matter.case.stream, matter=matter.code, ground=ground
            )


def publish_fact(case: Case, name: str, answers: dict[str, Any], *, actor: User | None) -> None:
    """Joint work is done once for all matters of the case; those that wait are woken."""
    CaseFact.objects.get_or_create(
        case=case, name=name, defaults={"data": answers, "at": clock.now()}
    )
    setattr(case, JOINT[name], "done")
    case.save(update_fields=[JOINT[name]])
    event = "means.verified" if name == "means.verified" else "visit.recorded"
    outbox.publish(event, stream=case.stream, actor=actor)
    jobs.defer("cases.wake_matters", case_id=case.pk)


# --- beginning and end of a matter ---------------------------------------------------------


def start_matters(
    case: Case,
    chosen: list[tuple[Package, Person | None]],
    *,
    actor: User | None,
    event: str = "",
) -> list[Matter]:
    """Begin matters and their processes; for the case's household when no person is given.

    All rows are there before the first process runs, so that none takes a later one for absent.
    The caller holds the case's lock; `open_matters` is counted here and saved by the caller.
    """
    rows = [_new_matter(case, package, person, event) for package, person in chosen]
    case.open_matters += len(rows)
    Matter.objects.bulk_create(rows)
    clocks.start_many(rows, ground=_("受理"))
    told = [("matter.started", {"matter": m.code, "due_on": str(m.due_on)}) for m in rows]
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
    from cases.hooks import adopt  # noqa: PLC0415 - hooks call these steps

    flow.start_instance(
        process_id=matter.code,
        owner_type="matter",
        owner_id=matter.pk,
        subject_id=matter.case_id,
        data={},
        actor=actor,
        definition=matter.package.definition,
        prepare=lambda instance: adopt(instance, matter.case, matter, matter.package),
    )


def end_matter(
    matter: Matter,
    *,
    outcome: str,
    actor: User | None,
    package: Package,
    decision: dict[str, Any] | None = None,
    reason: str = "",
    settle: bool = True,
) -> Outcome:
    """A matter's one outcome, its benefit and events; the last one closes the case.

    `settle=False` when the whole case ends: the caller then closes it.
    """
    case, given = matter.case, decision or {}
    if outcome == "approved":
        row = _grant(matter, given, actor=actor, package=package)
    else:
        text = reason or str(given.get("reason") or "") or default_reason(outcome)
        row = _record(matter, outcome, actor=actor, package=package, reason=text, given=given)
    clocks.stop(matter, ground=str(Matter.Status(outcome).label))
    matter.status, matter.ended_at = outcome, clock.now()
    matter.save(update_fields=["status", "ended_at"])
    matter.waits.all().delete()
    if settle:
        _settle(case, matter, package, actor)
    return row


def default_reason(outcome: str) -> str:
    """Words for an outcome that nobody gave a reason for."""
    return {
        "not_applicable": _("同一申请中的其他事项已保障，或不具备前提身份，本事项不再适用"),
        "withdrawn": _("申请人撤回"),
        "deemed_withdrawn": _("逾期未补正，视为撤回"),
    }.get(outcome, "")


def _settle(case: Case, matter: Matter, package: Package, actor: User | None) -> None:
    Supplement.objects.filter(case=case, settled_at=None).exclude(
        matters__status__in=("waiting", "running")
    ).update(settled_at=clock.now(), result="moot")
    if matter.status == "approved" and package.settings.get("status"):
        _start_by_event(case, "status.granted", actor)
    case.open_matters -= 1
    case.save(update_fields=["open_matters"])
    if case.open_matters == 0:
        close_case(case, status="closed", actor=actor)
    elif Wait.objects.filter(matter__case=case, message=SETTLED).exists():
        jobs.defer("cases.wake_matters", case_id=case.pk)


def close_case(case: Case, *, status: str, actor: User | None, **data: Any) -> None:
    """The case ends, once; what is still open in its processes is cancelled at once."""
    case.status, case.closed_at, case.open_matters = status, clock.now(), 0
    case.save(update_fields=["status", "closed_at", "open_matters"])
    cancelled = flow.cancel_open(subject_id=case.pk)
    told: list[tuple[str, dict[str, Any]]] = [
        ("task.cancelled", {"task": item.pk, "step": item.step, "name": item.name})
        for item in cancelled
    ]
    name = "case.withdrawn" if status == "withdrawn" else "case.closed"
    outbox.publish_many([*told, (name, data)], stream=case.stream, actor=actor)
    jobs.defer("cases.finish_engines", case_id=case.pk)


def _grant(
    matter: Matter, given: dict[str, Any], *, actor: User | None, package: Package
) -> Outcome:
    settings = package.settings
    starts_on = first_day(matter, settings)
    term = int(given.get("term_months") or settings.get("term_months") or 0)
    ends_on = add_months(starts_on, term) if term else None
    amount = Decimal(given["amount"]) if given.get("amount") else None
    row = _record(
        matter,
        "approved",
        actor=actor,
        package=package,
        reason=str(given.get("reason") or ""),
        given=given,
        amount_yuan=amount,
        form=settings["form"],
        starts_on=starts_on,
        ends_on=ends_on,
    )
    event = outbox.publish(
        "benefit.granted",
        stream=matter.case.stream,
        actor=actor,
        matter=matter.code,
        amount=str(amount) if amount is not None else None,
        form=settings["form"],
        starts_on=str(starts_on),
    )
    holder = {"person": matter.person, "household": matter.household}
    if settings["form"] in SUPERSEDES:
        _end_running(matter, starts_on, event)
    lead = OrgUnit.objects.get(code=settings["lead"])
    households.grant_benefit(
        **holder,
        source_id=lead.pk,
        source_ref=f"{matter.case.number}/{matter.pk}",
        matter=matter.code,
        starts_on=starts_on,
        ends_on=ends_on,
        amount_yuan=amount,
        form=settings["form"],
        measure=settings.get("measure") or settings["name"]["zh"],
        granted_on=clock.today(),
        event=event,
        case_id=matter.case_id,
        matter_id=matter.pk,
    )
    if settings.get("status"):
        households.set_category(**holder, category=matter.code, since=clock.today())
    return row


def _end_running(matter: Matter, starts_on: date, event: Event) -> None:
    """What the same beneficiary drew of the same aid goes over into the new grant."""
    rows = Benefit.objects.filter(
        person=matter.person, household=matter.household, matter=matter.code
    ).filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    for row in rows.exclude(form="once"):
        households.end_benefit(
            benefit_id=row.pk, ends_on=max(starts_on, row.starts_on), event=event
        )


def _record(
    matter: Matter,
    outcome: str,
    *,
    actor: User | None,
    package: Package,
    reason: str,
    given: dict[str, Any],
    **fields: Any,
) -> Outcome:
    now = clock.now()
    basis = catalogue.basis(package.settings, clock.day_of(now))
    facts = {key: value for key, value in given.items() if key != "reason"}
    why = {"table": None, "version": package.version, "row": None, "article": basis, "facts": facts}
    row = Outcome.objects.create(
        matter=matter,
        outcome=outcome,
        reason=reason[:1000],
        why=why,
        decided_at=now,
        decided_by=actor,
        **fields,
    )
    name = "matter.decided" if outcome in {"approved", "refused"} else "matter.ended"
    outbox.publish(
        name, stream=matter.case.stream, actor=actor, matter=matter.code, outcome=outcome,
        reason=reason[:1000],
    )
    return row


def first_day(matter: Matter, settings: dict[str, Any]) -> date:
    """From when a grant runs. Source: Z56 (the month after approval), S52 (of application)."""
    today = clock.today()
    match settings.get("starts"):
        case "month_of_application":
            return clock.day_of(matter.case.opened_at).replace(day=1)
        case "month_after":
            return add_months(today.replace(day=1), 1)
        case "decision":
            return today
    return add_months(today.replace(day=1), 1) if settings["form"] == "monthly" else today


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


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
