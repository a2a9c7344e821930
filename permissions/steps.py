"""What happens to accounts inside another's transaction."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from knox.models import AuthToken

from common import clock
from common.errors import FieldError, InputError
from permissions.models import AccountAct, Session, UsedPassword, User
from permissions.passwords import REMEMBERED


def record(name: str, user: User, *, actor: User | None, **data: Any) -> AccountAct:
    """Keep what was done to an account. data: JSON values, never a password or a code."""
    return AccountAct.objects.create(
        name=name, user=user, actor=actor, at=clock.machine_now(), data=data
    )


def locked_user(pk: int) -> User | None:
    """The account's row, locked until the end of the transaction."""
    return User.objects.select_for_update(no_key=True).filter(pk=pk).first()


def set_password(user: User, password: str, *, is_issued: bool) -> None:
    """Give a locked user another password. is_issued: it must be changed at the next sign-in.

    Raises InputError where it breaks a rule. Their sessions are the caller's to end.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InputError(
            errors=[FieldError("new", "invalid-data", text) for text in error.messages]
        ) from error
    user.set_password(password)
    user.password_set_at, user.must_change_password = clock.machine_now(), is_issued
    user.save(update_fields=["password", "password_set_at", "must_change_password"])
    UsedPassword.objects.create(user=user, password=user.password)
    kept = user.used_passwords.order_by("-pk").values("pk")[:REMEMBERED]
    user.used_passwords.exclude(pk__in=kept).delete()


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End a user's sessions, all but the one of that key; returns how many."""
    return Session.objects.filter(user=user).exclude(pk=but or "").delete()[0]


def revoke_tokens(user: User) -> int:
    """Take all API tokens of a user back; returns how many."""
    return int(AuthToken.objects.filter(user=user).delete()[0])
