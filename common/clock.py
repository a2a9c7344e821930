"""The only source of business now and today.

Business time is the machine's clock, in sample databases moved forward by whole days
(`advance_clock`). Tokens, sign-in and retries keep the machine's time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import InputError
from common.models import ClockOffset

ZONE = ZoneInfo("Asia/Shanghai")
TICK = timedelta(microseconds=1)


class _Held:
    """The offset as it was read the first time it was asked for."""

    offset: timedelta | None = None


_held: ContextVar[_Held | None] = ContextVar("clock_held", default=None)


def machine_now() -> datetime:
    """The machine's own time, aware."""
    return timezone.now()


def now() -> datetime:
    """Business time, aware."""
    return machine_now() + _current_offset()


def today() -> date:
    """Business date in China."""
    return now().astimezone(ZONE).date()


def day_of(moment: datetime) -> date:
    """The date in China on which a moment falls."""
    return moment.astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


@contextmanager
def held() -> Iterator[None]:
    """Read the offset at most once for all that happens inside (a request, a job)."""
    if _held.get() is not None:
        yield
        return
    token = _held.set(_Held())
    try:
        yield
    finally:
        _held.reset(token)


def advance(*, days: int | None = None, to: date | None = None) -> date:
    """Move a sample database's business date forward; returns the new date.

    Raises InputError in other databases and for steps backwards.
    """
    if not settings.LIANBAN_SAMPLE:
        raise InputError("invalid-data", _("只有示例数据库可以拨动日期"))
    with transaction.atomic():
        row, _created = ClockOffset.objects.select_for_update().get_or_create(id=True)
        current = day_of(machine_now() + timedelta(days=row.days))
        step = days if days is not None else ((to or current) - current).days
        if step < 0 or row.days + step > 36500:
            raise InputError("invalid-data", _("日期只能向前拨动，且不超过一百年"), field="days")
        row.days += step
        row.save(update_fields=["days"])
    return current + timedelta(days=step)


def _current_offset() -> timedelta:
    held = _held.get()
    if held is None:
        return _read_offset()
    if held.offset is None:  # zero is an offset too
        held.offset = _read_offset()
    return held.offset


def _read_offset() -> timedelta:
    if not settings.LIANBAN_SAMPLE:
        return timedelta()
    with connection.cursor() as cursor:
        cursor.execute("SELECT days FROM common_clockoffset")
        row = cursor.fetchone()
    return timedelta(days=row[0]) if row else timedelta()


class ClockMiddleware:
    """One reading of the clock's offset a request, and none where nothing asks for the time."""

    def __init__(self, get_response):  # type: ignore[no-untyped-def]
        self.get_response = get_response

    def __call__(self, request):  # type: ignore[no-untyped-def]
        with held():
            return self.get_response(request)
