"""What an operator may have mistyped in the settings around signing in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from permissions.models import Role


@register()
def sign_in_settings(**_options: Any) -> list[CheckMessage]:
    """A role that is none would silently need no second factor."""
    found: list[CheckMessage] = []
    unknown = set(settings.LIANBAN_SECOND_FACTOR_ROLES) - set(Role.values)
    if unknown:
        names = ", ".join(sorted(unknown))
        found.append(Error(f"LIANBAN_SECOND_FACTOR_ROLES: no such role: {names}"))
    if settings.LIANBAN_OIDC_ISSUER and not settings.OIDC_RP_CLIENT_ID:
        found.append(Error("LIANBAN_OIDC_ISSUER is set, LIANBAN_OIDC_CLIENT_ID is not"))
    return found
