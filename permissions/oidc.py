"""Sign-in by an identity provider (OpenID Connect), where one is configured.

It says who somebody is and nothing else: the account is there already and active, its roles are
ours. mozilla-django-oidc speaks the protocol; what an ID token must say is checked here.
"""

from functools import cache
from typing import Any

import jwt
import requests
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from permissions.models import User

LEEWAY_SECONDS = 30
REQUIRED = ["iss", "aud", "exp", "iat", "sub", "nonce"]
# whatever the provider or somebody in its place may answer
FAULTS = (SuspiciousOperation, requests.RequestException, jwt.PyJWTError, LookupError, ValueError)


@cache
def described(issuer: str) -> dict[str, Any]:
    """What the provider publishes about itself, asked for once a process. Raises FAULTS."""
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    answer = requests.get(address, timeout=settings.OIDC_TIMEOUT)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found["issuer"] != issuer:
        raise ValueError("the provider calls itself otherwise")
    return found


def is_no_password(_request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
    """Wrong passwords lock out, a provider's refusals do not (AXES_WHITELIST_CALLABLE)."""
    return not (credentials or {}).get("username")


class Backend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """See the module."""

    def __init__(self) -> None:
        """Nothing is asked here: every sign-in makes one, also those by password."""
        self.UserModel = User
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = settings.OIDC_RP_CLIENT_SECRET
        self.OIDC_RP_SIGN_ALGO = settings.OIDC_RP_SIGN_ALGO
        self.OIDC_RP_IDP_SIGN_KEY = None

    @property
    def OIDC_OP_TOKEN_ENDPOINT(self) -> str:  # noqa: N802 - the library's name
        return str(described(settings.LIANBAN_OIDC_ISSUER)["token_endpoint"])

    @property
    def OIDC_OP_JWKS_ENDPOINT(self) -> str:  # noqa: N802 - the library's name
        return str(described(settings.LIANBAN_OIDC_ISSUER)["jwks_uri"])

    def authenticate(
        self, request: HttpRequest, *, nonce: str, code_verifier: str | None
    ) -> User | None:
        """Only for the callback, which knows the nonce. Raises FAULTS."""
        found: User | None = super().authenticate(request, nonce=nonce, code_verifier=code_verifier)
        return found

    def _verify_jws(self, payload: str, key: Any) -> dict[str, Any]:
        """An ID token's claims: signed, for us, by the one that we asked, and in force."""
        claims: dict[str, Any] = jwt.decode(
            payload,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.LIANBAN_OIDC_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
        if isinstance(claims["aud"], list) and claims.get("azp") != self.OIDC_RP_CLIENT_ID:
            raise SuspiciousOperation("the token was made for somebody else, too")
        return claims

    def get_userinfo(self, access_token: str, id_token: str, payload: Any) -> Any:
        """The ID token says it all."""
        return payload

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        return bool(claims.get(settings.LIANBAN_OIDC_CLAIM))

    def filter_users_by_claims(self, claims: dict[str, Any]) -> list[User]:
        """The active account of that user name."""
        name = str(claims[settings.LIANBAN_OIDC_CLAIM])
        return list(User.objects.filter(username=name, is_active=True))

    def get_user(self, user_id: int) -> User | None:
        """As for passwords: nobody once deactivated."""
        user = ModelBackend().get_user(user_id)
        return user if isinstance(user, User) else None
