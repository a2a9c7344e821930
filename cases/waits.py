"""What a matter waits for: joint work of the case, other matters. A fact is a row; a message only
wakes (a message sent before anybody waits would be lost)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from cases import catalogue, clocks
from cases.models import CaseFact, ClockEvent, Matter, Wait
from common import clock, direct, outbox
from workflows import steps as flow
from workflows.models import Timer
from workflows.steps import StepResult

JOINT = {"means.verified": "means", "visit.done": "visit"}
SETTLED = "status.settled"
FACTS, MATTERS = direct.Reader(CaseFact), direct.Reader(Matter)
CLOCK = direct.Reader(ClockEvent)
STATUS_ORDER = ("destitute_support", "min_living", "marginal_household", "expenditure_hardship")


def payload(matter: Matter, message: str) -> dict[str, Any] | None:
    """What a message would bring, or None while its fact is not there."""
    return payloads(matter, [message])[message]


def payloads(matter: Matter, messages: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """The same of several messages; the case's facts are read at most once."""
    names = list(messages)
    facts: dict[str, dict[str, Any]] = {}
    if any(name != SETTLED for name in names):
        rows = FACTS.all("FROM cases_casefact r WHERE r.case_id = %s", [matter.case_id])
        facts = {fact.name: fact.data for (fact,) in rows}
    return {
        name: _settled(matter) if name == SETTLED else _of_fact(name, facts.get(name))
        for name in names
    }


def _of_fact(name: str, data: dict[str, Any] | None) -> dict[str, Any] | None:
    key = f"{JOINT[name]}_ok"
    return None if data is None else {key: bool(data.get(key, True))}


def _settled(matter: Matter) -> dict[str, Any] | None:
    settings = matter.settings
    rivals = [m for m in _siblings(matter) if m.code in settings.get("after", [])]
    if any(m.is_open for m in rivals):
        return None
    granted = [m.code for m in rivals if m.status == "approved"]
    excluded = [code for code in settings.get("excluded_by", []) if code in granted]
    held = {*granted, *_categories(matter)}
    needed = set(settings.get("needs_status", []))
    if needed and not excluded and not held & needed:
        excluded = ["no_status"]
    order = catalogue.parameter("status_order", clock.today(), STATUS_ORDER)
    status = next((code for code in order if code in held), "none")
    return {"excluded_by": excluded[0] if excluded else "", "status": status}


def _siblings(matter: Matter) -> list[Matter]:
    """Matters of the same case that concern the same beneficiary."""
    others = "FROM cases_matter r WHERE r.case_id = %s AND r.id <> %s"
    rows = MATTERS.all(others, [matter.case_id, matter.pk])
    return [row for (row,) in rows if _concerns(row, matter)]


def _concerns(rival: Matter, matter: Matter) -> bool:
    return matter.person_id is None or rival.person_id in {None, matter.person_id}


def _categories(matter: Matter) -> set[str]:
    """The status on record: a person's goes before the household's."""
    today, household = clock.today(), matter.case.household
    person = matter.person or matter.case.applicant
    return {person.status(today).category or household.status(today).category} - {"none", ""}


def ready(case_id: int) -> list[Wait]:
    """The case's waits whose fact is there, in three queries; none is locked or changed."""
    rows = list(Wait.objects.filter(matter__case_id=case_id).select_related("matter"))
    if not rows:
        return []
    facts = set(CaseFact.objects.filter(case_id=case_id).values_list("name", flat=True))
    running = list(Matter.objects.open().filter(case_id=case_id))
    return [row for row in rows if _can_go_on(row, facts, running)]


def _can_go_on(wait: Wait, facts: set[str], running: list[Matter]) -> bool:
    if wait.message != SETTLED:
        return wait.message in facts
    matter = wait.matter
    earlier = catalogue.package(matter.package_id).settings.get("after", [])
    return not any(
        rival.code in earlier and rival.pk != matter.pk and _concerns(rival, matter)
        for rival in running
    )


def keep_waits(matter: Matter, result: StepResult) -> None:
    """Go on at once where the fact is there; else remember what the matter waits for."""
    ready: list[tuple[str, dict[str, Any]]] = []
    missing: list[Wait] = []
    wanted = [subscription.message for subscription in result.subscribed]
    for message, found in payloads(matter, wanted).items():
        if found is not None:
            ready.append((message, found))
        else:
            missing.append(Wait(matter=matter, message=message, since=clock.now()))
    if missing:
        direct.add_new(missing)
    if not ready:
        _keep_status(matter, result)
    for message, brought in ready:
        flow.tell(result.instance, message, brought)


def _keep_status(matter: Matter, result: StepResult) -> None:
    """waiting: nothing to do but to wait for joint work or another matter."""
    idle = not (result.open_items or result.open_timers)
    status = "waiting" if idle and result.open_messages else "running"
    only_others = idle and result.open_messages == {SETTLED}
    if status != matter.status or only_others:
        _hold(matter, hold=only_others)
    if status != matter.status:
        matter.status = status
        direct.change(matter, ["status"])
        if status == "waiting":
            outbox.publish("matter.waiting", stream=matter.case.stream, matter=matter.code)


def _hold(matter: Matter, *, hold: bool) -> None:
    """Time stands still while only another matter is waited for (clock rule a)."""
    if not hold and not matter.pauses:
        return
    ground = _("等待前置事项办结")
    holds = _stands_still(matter, ground)
    if hold and not holds:
        clocks.pause(matter, ground=ground)
    elif holds and not hold:
        clocks.resume(matter, ground=ground)


def _stands_still(matter: Matter, ground: str) -> bool:
    last = CLOCK.first(
        "FROM cases_clockevent r WHERE matter_id = %s AND ground = %s ORDER BY id DESC LIMIT 1",
        [matter.pk, ground],
    )
    return last is not None and last.kind == "pause"


def keep_clock(matter: Matter, result: StepResult) -> None:
    """Pause and resume as the diagram's timers say."""
    for element in result.fired:
        if ground := _ground(matter, element):
            clocks.resume(matter, ground=ground)
    for timer in result.timers:
        if ground := _ground(matter, timer.element):
            clocks.pause(matter, ground=ground)


def realign(matter: Matter, result: StepResult) -> None:
    """After a step was undone: no wait and no pause outlives what it belonged to."""
    matter.waits.exclude(message__in=result.open_messages).delete()
    definition = matter.package.definition
    grounds = {_ground(matter, e) for e in definition.meta["timers"]} if definition else set()
    running = Timer.objects.filter(instance=result.instance, fired_at=None)
    kept = {_ground(matter, element) for element in running.values_list("element", flat=True)}
    for ground in grounds - kept - {""}:
        if _stands_still(matter, ground):
            clocks.resume(matter, ground=ground)


def _ground(matter: Matter, element: str) -> str:
    definition = matter.package.definition
    row = definition.meta["timers"].get(element, {}) if definition else {}
    return str(row.get("properties", {}).get("pauses_clock") or "")
