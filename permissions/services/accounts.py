"""Use cases of the security administrator: accounts, never one's own."""

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.usecase import use_case
from permissions import lockout, passwords, steps
from permissions.models import AccountAct, Authenticator, RecoveryCodes, User


@use_case
def create_account(*, actor: User, username: str, name: str, phone: str = "") -> tuple[User, str]:
    """An account without a role; returns it with its issued password, told this once.

    Raises DeniedError, InputError, ConflictError. Keeps account.created.
    """
    actor.access.require("account.manage")
    username, name = username.strip(), name.strip()
    if not name:
        raise InputError("invalid-data", _("请填写姓名"), field="name")
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        text = _("用户名只能有字母、数字和 @ . + - _")
        raise InputError("invalid-data", text, field="username") from error
    if User.objects.filter(username__iexact=username).exists():
        raise _taken()
    values = {"username": username[:60], "name": name[:60], "phone": phone.strip()[:30]}
    try:
        with transaction.atomic():
            user = User.objects.create(**values)
    except IntegrityError as error:  # somebody was faster
        raise _taken() from error
    steps.record(AccountAct.Name.CREATED, user, actor=actor)
    return user, _issue(user)


@use_case
def issue_password(*, actor: User | None, user_id: int) -> str:
    """A password to hand over, told this once; it must be changed at the next sign-in.

    actor: None is the operator at the console. The account is unlocked, its sessions and tokens
    end. Raises DeniedError, MissingError. Keeps password.issued.
    """
    user = _of_another(actor, user_id)
    password = _issue(user)
    ended = steps.end_sessions(user)
    revoked = steps.revoke_tokens(user)
    lockout.unlock(user.username)
    steps.record(
        AccountAct.Name.PASSWORD_ISSUED,
        user,
        actor=actor,
        sessions_ended=ended,
        tokens_revoked=revoked,
    )
    return password


@use_case
def deactivate_account(*, actor: User, user_id: int) -> User:
    """Close an account: its sessions end, its tokens are revoked; what it did stays.

    Raises DeniedError, MissingError. Keeps account.deactivated.
    """
    user = _of_another(actor, user_id)
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended, revoked = steps.end_sessions(user), steps.revoke_tokens(user)
    steps.record(
        AccountAct.Name.DEACTIVATED, user, actor=actor, sessions_ended=ended, tokens_revoked=revoked
    )
    return user


@use_case
def activate_account(*, actor: User, user_id: int) -> User:
    """Open an account again. Raises DeniedError, MissingError. Keeps account.activated."""
    user = _of_another(actor, user_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    steps.record(AccountAct.Name.ACTIVATED, user, actor=actor)
    return user


@use_case
def unlock_account(*, actor: User, user_id: int) -> User:
    """Forget the wrong passwords. Raises DeniedError, MissingError. Keeps account.unlocked."""
    user = _of_another(actor, user_id)
    lockout.unlock(user.username)
    steps.record(AccountAct.Name.UNLOCKED, user, actor=actor)
    return user


@use_case
def end_sessions(*, actor: User, user_id: int) -> User:
    """Sign somebody out everywhere; tokens are revoked, too.

    Raises DeniedError, MissingError. Keeps sessions.ended.
    """
    user = _of_another(actor, user_id)
    ended, revoked = steps.end_sessions(user), steps.revoke_tokens(user)
    steps.record(AccountAct.Name.SESSIONS_ENDED, user, actor=actor, sessions=ended, tokens=revoked)
    return user


@use_case
def reset_factor(*, actor: User, user_id: int) -> User:
    """Take the second factor off, for who has lost the phone and the codes; sessions end.

    Raises DeniedError, MissingError. Keeps factor.reset.
    """
    user = _of_another(actor, user_id)
    Authenticator.objects.filter(user=user).delete()
    RecoveryCodes.objects.filter(user=user).delete()
    ended = steps.end_sessions(user)
    steps.record(AccountAct.Name.FACTOR_RESET, user, actor=actor, sessions_ended=ended)
    return user


def insist_on_another(actor: User, user: User) -> None:
    """Nobody acts on oneself, nor on another account of the same person. Raises DeniedError."""
    same_person = actor.id_index is not None and actor.id_index == user.id_index
    if actor.pk == user.pk or same_person:
        raise DeniedError(message=_("自己的账号须由另一位安全管理员管理"))


def _of_another(actor: User | None, user_id: int) -> User:
    if actor is not None:
        actor.access.require("account.manage")
    user = steps.locked_user(user_id)
    if user is None:
        raise MissingError
    if actor is not None:
        insist_on_another(actor, user)
    return user


def _taken() -> ConflictError:
    return ConflictError("invalid-data", _("这个用户名已经有人用了"), field="username")


def _issue(user: User) -> str:
    password = passwords.made_up()
    steps.set_password(user, password, is_issued=True)
    return password
