"""The session engine: a row knows its user, ends when idle or old, and is never revived.

Django's own, with a table of ours (the documented way): reading a session costs the one query
that it always did.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Django
from django.http import HttpRequest
from django.utils import timezone

from common.current import client_address
from permissions.models import Session

WRITTEN_EVERY = timedelta(minutes=1)


class SessionStore(Django):
    """See the module."""

    row: Session | None = None
    visitor: tuple[str | None, str] = (None, "")  # address and browser, from the request

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        found: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        if found is not None and not is_alive(found, timezone.now()):
            found = self._session_key = None
        self.row = found
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be saved: a new key begins a new session, also by its age."""
        made = super().create_model_instance(data)
        assert isinstance(made, Session)  # noqa: S101 - get_model_class
        made.started_at = made.seen_at = timezone.now()
        made.address, made.agent = self.visitor
        made.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if self.row is not None and self.row.session_key == made.session_key:
            made.ref, made.started_at = self.row.ref, self.row.started_at
            made.seen_at = self.row.seen_at
            made.address, made.agent = self.row.address, self.row.agent
        self.row = made
        return made

    @classmethod
    def clear_expired(cls) -> None:
        """Remove the rows of ended sessions."""
        now = timezone.now()
        Session.objects.filter(expire_date__lt=now).delete()
        Session.objects.filter(seen_at__lt=now - idle()).delete()
        Session.objects.filter(started_at__lt=now - oldest()).delete()


def idle() -> timedelta:
    """How long a session lives without a request."""
    return timedelta(minutes=settings.LIANBAN_IDLE_MINUTES)


def oldest() -> timedelta:
    """How long a session lives at all."""
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def is_alive(row: Session, now: datetime) -> bool:
    """Neither idle for too long nor too old, by the machine's time."""
    return row.seen_at > now - idle() and row.started_at > now - oldest()


def tell_visitor(request: HttpRequest) -> None:
    """Let a session that begins in this request know who begins it."""
    agent = request.headers.get("User-Agent", "").replace("\0", "")[:300]
    request.session.visitor = (client_address(request), agent)  # type: ignore[attr-defined]


def tell_seen(request: HttpRequest) -> None:
    """Note that the session was used just now, and by whom, at most once a minute."""
    row: Session | None = getattr(request.session, "row", None)
    now = timezone.now()
    if row is None or row.user_id is None or row.seen_at > now - WRITTEN_EVERY:
        return
    row.seen_at = now  # also for a save that follows
    row.address, row.agent = request.session.visitor  # type: ignore[attr-defined]
    Session.objects.filter(pk=row.session_key).update(
        seen_at=now, address=row.address, agent=row.agent
    )
