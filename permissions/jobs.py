"""Background jobs of the room."""

from django.utils import timezone
from knox.models import AuthToken
from procrastinate.contrib.django import app

from permissions.sessions import SessionStore


@app.periodic(cron="17 * * * *")
@app.task(name="permissions.clear_ended", queueing_lock="permissions.clear_ended")
def clear_ended(timestamp: int) -> None:
    """Rows of sessions and tokens that have ended: they open nothing any more."""
    SessionStore.clear_expired()
    AuthToken.objects.filter(expiry__lt=timezone.now()).delete()
