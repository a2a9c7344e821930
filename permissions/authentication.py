"""Who calls the API: a token's owner or a browser's session."""

from hmac import compare_digest
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.authentication import SessionAuthentication as DjangoSession
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from common import clock, direct
from common.errors import DeniedError
from permissions import gate
from permissions.access import HELD, Access
from permissions.errors import SecondFactorError
from permissions.models import TokenScope, User

# the roles, and what the token may do
SCOPE = "(SELECT s.scope FROM permissions_tokenscope s WHERE s.token_id = r.digest)"
FOUND = f"json_build_array({HELD}, {SCOPE})"
TOKENS = direct.Reader(
    AuthToken, u=(User, [f.attname for f in User._meta.concrete_fields]), also=FOUND
)
BY_KEY = """FROM knox_authtoken r JOIN permissions_user u ON u.id = r.user_id
WHERE r.token_key = %(key)s"""


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """Tokens are kept as hashes; one query finds token, owner, roles and scope."""

    def authenticate(self, request: Request) -> tuple[Any, AuthToken] | None:
        """Raises DeniedError for a change by a token that only reads."""
        found: tuple[Any, AuthToken] | None = super().authenticate(request)
        changes = request.method not in SAFE_METHODS
        if found is not None and changes and found[1].may == TokenScope.Scope.READ:
            raise DeniedError(message=_("这个令牌只能读取"))
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The owner of a token in force, by the machine's time."""
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (ValueError, TypeError) as error:
            raise AuthenticationFailed from error
        asked = {"key": text[: CONSTANTS.TOKEN_KEY_LENGTH], "today": clock.today()}
        for found, user, (held, scope) in TOKENS.all(BY_KEY, asked):
            in_force = found.expiry is None or found.expiry > timezone.now()
            if compare_digest(digest, found.digest) and in_force and user.is_active:
                user.access = Access.read(held)
                found.may = scope
                return user, found
        raise AuthenticationFailed


class SessionAuthentication(DjangoSession):
    """A browser's session that has passed everything that signing in asks for."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """Raises SecondFactorError, DeniedError where a password has to be changed first."""
        found: tuple[Any, None] | None = super().authenticate(request)
        if found is None:
            return None
        step = gate.next_step(request._request, found[0])
        if step == gate.PASSWORD:
            raise DeniedError(message=_("请先修改口令"))
        if step is not None:
            raise SecondFactorError
        return found
