"""The service clock of a matter: append-only events, and the due date they give.

Clock rules a to f of 浙江省保障“最多跑一次”改革规定 5, 7, 11, 12. A unified receipt starts all
matters' clocks at once; what must wait for another matter stands still until that is settled.
"""

import math
from datetime import date, datetime, timedelta

from cases import catalogue
from cases.models import ClockEvent, Matter
from common import calendar, clock, direct, outbox
from common.calendar import Limit, Pause

WARN_WORKDAYS = 2


def start_many(matters: list[Matter], *, ground: str) -> None:
    """Begin the matters' time; their due dates stand already on them."""
    ClockEvent.objects.bulk_create(
        ClockEvent(matter=m, kind="start", at=m.started_at, ground=ground) for m in matters
    )


def pause(matter: Matter, *, ground: str) -> None:
    """Stand still from now on. Pauses may lie within one another."""
    _add(matter, "pause", ground)
    matter.pauses += 1
    direct.change(matter, ["pauses"])
    stream = matter.case.stream
    outbox.publish("clock.paused", stream=stream, matter=matter.code, ground=ground)


def resume(matter: Matter, *, ground: str) -> None:
    """End one pause; when it was the last, count the due date anew."""
    _add(matter, "resume", ground)
    matter.pauses = max(0, matter.pauses - 1)
    if not matter.pauses:
        set_due(matter, pauses_of(matter))
    fields = ["pauses", "due_on", "due_reason", "due_provisional", "warn_on"]
    direct.change(matter, fields)
    due_on = str(matter.due_on)
    outbox.publish(
        "clock.resumed", stream=matter.case.stream, matter=matter.code, ground=ground, due_on=due_on
    )


def stop(matter: Matter, *, ground: str) -> None:
    """The matter's time is over."""
    _add(matter, "stop", ground)


def set_due(matter: Matter, pauses: list[Pause]) -> None:
    """Put the due date with its reason on the matter (not saved)."""
    limit = Limit.parse(catalogue.limit_text(matter.settings))
    _end, found = calendar.due(limit, matter.started_at, pauses)
    matter.due_on, matter.due_reason = found.on, found.explanation
    matter.due_provisional = found.provisional
    matter.warn_on = warn_day(clock.day_of(matter.started_at), found.on, limit, pauses)


def warn_day(start_on: date, due_on: date, limit: Limit, pauses: list[Pause]) -> date:
    """From when the light is yellow: 80 % of the limit, or its last two days."""
    if limit.unit == "h":
        return due_on
    early = math.ceil(limit.count * float(catalogue.parameter("warn_fraction", start_on, 0.8)))
    part = Limit(max(0, min(early, limit.count - WARN_WORKDAYS)), limit.unit)
    _end, found = calendar.due(
        part, datetime.combine(start_on, datetime.min.time(), clock.ZONE), pauses
    )
    return min(found.on + timedelta(days=1), due_on)


def pauses_of(matter: Matter) -> list[Pause]:
    """Days on which the matter stood still, from its events; an open pause lasts until today."""
    found: list[Pause] = []
    depth, since = 0, clock.today()
    for event in matter.clock_events.order_by("id"):
        day = clock.day_of(event.at)
        if event.kind == "pause":
            since = day if not depth else since
            depth += 1
        elif event.kind == "resume" and depth:
            depth -= 1
            if not depth:
                found.append((since, day))
    if depth:
        found.append((since, clock.today()))
    return found


def light(due_on: date | None, warn_on: date | None, today: date, *, paused: bool = False) -> str:
    """green, yellow, red, or grey while time stands still."""
    if paused or due_on is None:
        return "grey"
    if today > due_on:
        return "red"
    return "yellow" if warn_on and today >= warn_on else "green"


def _add(matter: Matter, kind: str, ground: str) -> None:
    direct.add([ClockEvent(matter=matter, kind=kind, at=clock.now(), ground=ground[:200])])
