"""Use cases of one's own sign-in: password, second factor, recovery codes, sessions, tokens."""

import secrets
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticToken
from knox.models import AuthToken

from common.errors import InputError, MissingError
from common.usecase import use_case
from permissions import factors, steps
from permissions.errors import SecondFactorError, TooOftenError
from permissions.models import AccountAct, Authenticator, RecoveryCodes, Session, User

CODES = 10
TELLING = "abcdefghjkmnpqrstuvwxyz23456789"


@use_case
def change_password(*, actor: User, new: str, again: str, session_key: str | None) -> User:
    """Change one's own password, whose present one the caller has checked by signing in.

    The other sessions end. Raises InputError. Keeps password.changed.
    """
    user = _own(actor)
    if new != again:
        raise InputError("invalid-data", _("两次填写的新口令不一样"), field="again")
    steps.set_password(user, new, is_issued=False)
    ended = steps.end_sessions(user, but=session_key)
    steps.record(AccountAct.Name.PASSWORD_CHANGED, user, actor=user, sessions_ended=ended)
    return user


@use_case
def begin_enrolment(*, actor: User, is_passed: bool) -> Authenticator:
    """The authenticator to be tied to a phone: the same one until it is confirmed.

    Raises SecondFactorError where there is one already and this session has not passed it.
    """
    user = _own(actor)
    _insist_passed(user, is_passed=is_passed)
    secret = factors.sealed(secrets.token_bytes(20))
    row: Authenticator = Authenticator.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "totp", "key": "", "secret": secret}
    )[0]
    return row


@use_case
def confirm_enrolment(
    *, actor: User, code: str, is_passed: bool, session_key: str | None
) -> tuple[Authenticator, list[str]] | None:
    """Tie the phone by the code it shows; returns it with fresh recovery codes, None if wrong.

    It takes the place of an earlier one, and one's other sessions end. Raises MissingError,
    SecondFactorError, TooOftenError. Keeps factor.enrolled.
    """
    user = _own(actor)
    _insist_passed(user, is_passed=is_passed)
    row = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
    if row is None:
        raise MissingError
    if not _verified(row, code):
        return None
    Authenticator.objects.filter(user=user, confirmed=True).delete()
    row.confirmed = True
    row.save(update_fields=["confirmed"])
    steps.end_sessions(user, but=session_key)
    steps.record(AccountAct.Name.FACTOR_ENROLLED, user, actor=user)
    return row, _fresh_codes(user)


@use_case
def verify_factor(*, actor: User, code: str) -> Device | None:
    """The device that took a code: the app's six digits, or a recovery code; None if wrong.

    A code works once, also for two requests at the same time. Raises TooOftenError.
    """
    text = code.replace(" ", "")
    kind = Authenticator if text.isdigit() else RecoveryCodes
    row = kind.objects.select_for_update().filter(user=actor, confirmed=True).first()
    if row is None or not _verified(row, text):
        return None
    if kind is RecoveryCodes:
        left = row.token_set.count()
        steps.record(AccountAct.Name.CODE_USED, actor, actor=actor, left=left)
    return row


@use_case
def renew_codes(*, actor: User, is_passed: bool) -> list[str]:
    """Ten fresh recovery codes; the old ones are void. Raises MissingError, SecondFactorError."""
    user = _own(actor)
    if not Authenticator.objects.filter(user=user, confirmed=True).exists():
        raise MissingError
    _insist_passed(user, is_passed=is_passed)
    steps.record(AccountAct.Name.CODES_ISSUED, user, actor=user)
    return _fresh_codes(user)


@use_case
def end_session(*, actor: User, ref: UUID) -> None:
    """End one of one's own sessions. Raises MissingError. Keeps session.ended."""
    if not Session.objects.filter(user=actor, ref=ref).delete()[0]:
        raise MissingError
    steps.record(AccountAct.Name.SESSION_ENDED, actor, actor=actor)


@use_case
def end_token(*, actor: User, digest: str) -> None:
    """Revoke one of one's own API tokens. Raises MissingError. Keeps token.revoked."""
    if not AuthToken.objects.filter(user=actor, digest=digest).delete()[0]:
        raise MissingError
    steps.record(AccountAct.Name.TOKEN_REVOKED, actor, actor=actor)


def is_enrolled(user: User) -> bool:
    """Whether the user has an authenticator in use."""
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def _own(actor: User) -> User:
    user = steps.locked_user(actor.pk)
    if user is None:
        raise MissingError
    return user


def _insist_passed(user: User, *, is_passed: bool) -> None:
    if not is_passed and is_enrolled(user):
        raise SecondFactorError


def _verified(row: Device, code: str) -> bool:
    """Raises TooOftenError while the device waits after wrong codes."""
    is_allowed, why = row.verify_is_allowed()
    if not is_allowed:
        seconds = int((why["locked_until"] - timezone.now()).total_seconds()) + 1
        raise TooOftenError(
            message=_("验证码错误次数过多，请 %d 秒后再试") % seconds, seconds=seconds
        )
    return bool(row.verify_token(code))


def _fresh_codes(user: User) -> list[str]:
    device, _is_new = RecoveryCodes.objects.get_or_create(user=user, defaults={"name": "codes"})
    device.token_set.all().delete()
    device.throttle_reset()
    codes = ["".join(secrets.choice(TELLING) for _n in range(10)) for _code in range(CODES)]
    StaticToken.objects.bulk_create(
        [StaticToken(device=device, token=factors.hashed(code)) for code in codes]
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]
