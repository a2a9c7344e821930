"""Second factors: who needs one, and how what opens them is kept: sealed or hashed."""

import base64
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django_otp import DEVICE_ID_SESSION_KEY

from common import crypto

if TYPE_CHECKING:
    from permissions.models import User


def sealed(secret: bytes) -> bytes:
    """A secret with the installation's key on it, for the column of that name."""
    return crypto.seal(secret, about="secret")


def opened(value: bytes) -> bytes:
    """What `sealed` was given."""
    return crypto.unseal(value, about="secret")


def spelled(secret: bytes) -> str:
    """A secret as people type it where no camera is: base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def hashed(code: str) -> str:
    """A recovery code as it is kept: without hyphens and case, keyed, 16 characters."""
    plain = code.replace("-", "").replace(" ", "").lower()
    return base64.b32encode(crypto.blind_index(f"recovery:{plain}")[:10]).decode()


def is_required(user: "User") -> bool:
    """Whether one of the user's roles needs a second factor; in a sample database none does."""
    if settings.LIANBAN_SAMPLE:
        return False
    return user.access.has(*settings.LIANBAN_SECOND_FACTOR_ROLES)


def is_passed(session: Any) -> bool:
    """Whether this session has passed. Resetting a factor ends its user's sessions."""
    return DEVICE_ID_SESSION_KEY in session
