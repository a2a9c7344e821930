"""Rules of passwords (等保 level 3) that Django does not have, and whose password is due."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import password_validation as validation
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from permissions.models import User

REMEMBERED = 5
KINDS = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
# nothing that looks like something else in print
LETTERS, CAPITALS, DIGITS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"


class LengthValidator(validation.MinimumLengthValidator):
    """Django's own, in our words."""

    def get_error_message(self) -> str:
        return self.get_help_text()

    def get_help_text(self) -> str:
        return _("口令至少 %d 个字符") % self.min_length


class LikenessValidator(validation.UserAttributeSimilarityValidator):
    """Django's own, in our words."""

    def get_error_message(self) -> str:
        return self.get_help_text()

    def get_help_text(self) -> str:
        return _("口令不能与用户名、姓名、电话相像")


class CommonValidator(validation.CommonPasswordValidator):
    """Django's own, in our words."""

    def get_error_message(self) -> str:
        return self.get_help_text()

    def get_help_text(self) -> str:
        return _("不能用很多人都在用的口令")


class KindsValidator:
    """Three of four kinds of characters, and the user name not inside."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        kinds = sum(any(map(kind, password)) for kind in KINDS)
        if kinds < 3:
            raise ValidationError(self.get_help_text(), code="password-kinds")
        if user is not None and user.username.lower() in password.lower():
            raise ValidationError(_("口令不能包含用户名"), code="password-name")

    def get_help_text(self) -> str:
        """What it asks for."""
        return _("口令须含大写字母、小写字母、数字、符号中的三种")


class UsedValidator:
    """None of the last passwords again."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        if user is None or user.pk is None:
            return
        used = user.used_passwords.order_by("-pk").values_list("password", flat=True)
        known = [user.password, *used[:REMEMBERED]]
        if any(check_password(password, one) for one in dict.fromkeys(known)):
            raise ValidationError(self.get_help_text(), code="password-used")

    def get_help_text(self) -> str:
        """What it asks for."""
        return _("不能使用最近五次用过的口令")


def is_due(user: User) -> bool:
    """Whether the password has to be changed before anything else. Machine time."""
    if user.must_change_password:
        return True
    days = settings.LIANBAN_PASSWORD_DAYS
    if settings.LIANBAN_SAMPLE or not days:
        return False
    return user.password_set_at is None or user.password_set_at < timezone.now() - timedelta(days)


def made_up() -> str:
    """A random password that keeps the rules and can be read out: four groups of four."""
    letters = [secrets.choice(LETTERS + CAPITALS + DIGITS) for _n in range(13)]
    letters += [secrets.choice(kind) for kind in (LETTERS, CAPITALS, DIGITS)]
    secrets.SystemRandom().shuffle(letters)
    return "-".join("".join(letters[n : n + 4]) for n in range(0, 16, 4))
