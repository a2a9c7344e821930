"""Lock-out after wrong passwords: django-axes, by name and address, and by name alone.

From one address a name is closed after AXES_FAILURE_LIMIT tries, from everywhere together only
after WIDER times as many: a stranger elsewhere does not so easily close an officer's own screen.
Names that nobody has are closed alike.
"""

from collections.abc import Iterable

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

WIDER = 4


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """See the module."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """Failures as they count against the limit."""
        here, everywhere = (
            attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return int(max(here, everywhere // WIDER))


def locked(usernames: Iterable[str]) -> set[str]:
    """Those of some names that are closed now, from at least one address."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    rows = (
        AccessAttempt.objects.filter(username__in=list(usernames), attempt_time__gte=since)
        .order_by()
        .values_list("username", "ip_address")
        .annotate(n=Sum("failures_since_start"))
    )
    tried: dict[str, list[int]] = {}
    for name, _address, count in rows:
        tried.setdefault(name, []).append(count)
    limit = settings.AXES_FAILURE_LIMIT
    return {
        n for n, counts in tried.items() if max(counts[0], *counts, sum(counts) // WIDER) >= limit
    }


def unlock(username: str) -> None:
    """Forget a name's wrong passwords."""
    reset(username=username)
