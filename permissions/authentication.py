"""Who calls the API: a token's owner or a browser's session."""

from hmac import compare_digest
from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from common import clock, direct
from permissions.access import HELD, Access
from permissions.models import User

TOKENS = direct.Reader(
    AuthToken, u=(User, [f.attname for f in User._meta.concrete_fields]), also=HELD
)
BY_KEY = """FROM knox_authtoken r JOIN permissions_user u ON u.id = r.user_id
WHERE r.token_key = %(key)s"""


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """Tokens are kept as hashes; one query finds token, owner and roles."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The owner of a token in force, by the machine's time."""
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (ValueError, TypeError) as error:
            raise AuthenticationFailed from error
        asked = {"key": text[: CONSTANTS.TOKEN_KEY_LENGTH], "today": clock.today()}
        for found, user, held in TOKENS.all(BY_KEY, asked):
            in_force = found.expiry is None or found.expiry > timezone.now()
            if compare_digest(digest, found.digest) and in_force and user.is_active:
                user.access = Access.read(held)
                return user, found
        raise AuthenticationFailed
