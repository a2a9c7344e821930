"""Working days of the State Council's calendar, and limits counted in them.

The published calendar comes from `chinesecalendar`; days in `CalendarDay` go before it; a year
that is not published yet falls back to weekdays and makes the result provisional.
"""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

import chinese_calendar
from django.utils.translation import gettext as _

from common import clock
from common.errors import InputError
from common.models import CalendarDay

Pause = tuple[date, date]
MAX_WORKDAYS = 5000
_CACHE_SECONDS = 5.0
_cache: tuple[float, dict[date, bool]] = (-1e9, {})


@dataclass(frozen=True)
class DueDate:
    """The last day of a limit, why, and whether the calendar may still change it."""

    on: date
    explanation: str
    provisional: bool


@dataclass(frozen=True)
class Limit:
    """A span as the contracts write it: `24h`, `7d` (calendar days), `15wd` (working days)."""

    count: int
    unit: Literal["h", "d", "wd"]

    @classmethod
    def parse(cls, text: str) -> "Limit":
        found = re.fullmatch(r"(\d{1,4})(h|d|wd)", text.strip())
        if not found:
            raise InputError("invalid-data", _("时限写法应为 24h、7d 或 15wd：%s") % text[:20])
        return cls(int(found[1]), found[2])  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def declared_days() -> dict[date, bool]:
    """Days an administrator has declared; read again every few seconds."""
    global _cache
    if time.monotonic() - _cache[0] > _CACHE_SECONDS:
        rows = CalendarDay.objects.values_list("on", "is_workday")
        _cache = (time.monotonic(), dict(rows))
    return _cache[1]


def forget_declared() -> None:
    """Read the declared days anew at once."""
    global _cache
    _cache = (-1e9, {})


def is_workday(day: date) -> bool:
    """Whether offices work on a day."""
    return _judge(day, declared_days())[0]


def add_workdays(start: date, count: int, pauses: Sequence[Pause] = ()) -> DueDate:
    """The last day of a limit of `count` working days.

    The start's own day does not count; a pause holds every working day it touches (both ends
    included). Source: 浙江省保障“最多跑一次”改革规定, and the general rule that the day of
    the beginning is not counted.
    """
    if not 0 <= count <= MAX_WORKDAYS:
        raise InputError("invalid-data", _("工作日数应在 0 到 %d 之间") % MAX_WORKDAYS)
    declared, walk = declared_days(), _Walk()
    day, left = start, count
    while left:
        if day == date.max:
            raise InputError("invalid-data", _("日期有误"))
        day += timedelta(days=1)
        left -= walk.counts(day, declared, pauses)
    text = _("自 %(start)s 起 %(count)d 个工作日") % {"start": start, "count": count}
    told = walk.told()
    return DueDate(
        day, text + (_("：") + told if told else "") + _("，至 %s") % day, walk.provisional
    )


@dataclass
class _Walk:
    """What was met on the way to the last day."""

    rests: list[date] = field(default_factory=list)
    made_up: list[date] = field(default_factory=list)
    paused: int = 0
    provisional: bool = False

    def counts(self, day: date, declared: dict[date, bool], pauses: Sequence[Pause]) -> bool:
        works, unsure = _judge(day, declared)
        self.provisional |= unsure
        if not works:
            self.rests += [day] if day.weekday() < 5 else []
            return False
        self.made_up += [day] if day.weekday() >= 5 else []
        held = any(first <= day <= last for first, last in pauses)
        self.paused += held
        return not held

    def told(self) -> str:
        parts = []
        if self.rests:
            parts.append(_("节假日 %s 不计") % _spans(self.rests))
        if self.made_up:
            parts.append(_("调休上班 %s 计入") % "、".join(map(str, self.made_up)))
        if self.paused:
            parts.append(_("中止 %d 个工作日") % self.paused)
        if self.provisional:
            parts.append(_("含尚未公布放假安排的日期，暂按周一至周五推算"))
        return _("；").join(parts)


def workdays_between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`; negative when end lies before start."""
    if end < start:
        return -workdays_between(end, start)
    declared = declared_days()
    span = (end - start).days
    return sum(_judge(start + timedelta(days=n), declared)[0] for n in range(1, span + 1))


def due(limit: Limit, start: datetime, pauses: Sequence[Pause] = ()) -> tuple[datetime, DueDate]:
    """When a limit that starts at a moment has passed, and its explained last day.

    Hours count from the moment itself; days and working days end with the last day counted.
    """
    day = clock.day_of(start)
    if limit.unit == "h":
        end = start + timedelta(hours=limit.count)
        text = _("%(hours)d 小时，自受理时起") % {"hours": limit.count}
        return end, DueDate(clock.day_of(end), text, False)
    if limit.unit == "d":
        held = _calendar_days(pauses, day, limit.count)
        last = day + timedelta(days=limit.count + held)
        text = _("自 %(start)s 起 %(days)d 日（自然日）：%(end)s") % {
            "start": day,
            "days": limit.count,
            "end": last,
        }
        found = DueDate(last, text, False)
    else:
        found = add_workdays(day, limit.count, pauses)
    return clock.midnight(found.on + timedelta(days=1)), found


def _calendar_days(pauses: Sequence[Pause], start: date, count: int) -> int:
    last, held = start + timedelta(days=count), 0
    for first, end in sorted(pauses):
        if end > start and first <= last:
            days = (end - max(first, start + timedelta(days=1))).days + 1
            held += days
            last += timedelta(days=days)
    return held


def _judge(day: date, declared: dict[date, bool]) -> tuple[bool, bool]:
    """(works, provisional)"""
    if day in declared:
        return declared[day], False
    return _published(day)


@lru_cache(maxsize=4096)
def _published(day: date) -> tuple[bool, bool]:
    try:
        return bool(chinese_calendar.is_workday(day)), False
    except NotImplementedError:
        return day.weekday() < 5, True


def _spans(days: Iterable[date]) -> str:
    groups: list[list[date]] = []
    for day in days:
        if groups and (day - groups[-1][-1]).days <= 3 and day.weekday() != 5:
            groups[-1].append(day)
        else:
            groups.append([day])
    return "、".join(str(g[0]) if len(g) == 1 else _("%s 至 %s") % (g[0], g[-1]) for g in groups)
