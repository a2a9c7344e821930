"""Who calls the API: a token's owner or a browser's session."""

from hmac import compare_digest
from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from common import direct
from permissions.models import User

TOKENS = direct.Reader(AuthToken, u=(User, [f.attname for f in User._meta.concrete_fields]))
BY_KEY = """FROM knox_authtoken r JOIN permissions_user u ON u.id = r.user_id
WHERE r.token_key = %s"""


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """Tokens are kept as hashes; one query finds token and owner."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The owner of a token in force, by the machine's time."""
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (ValueError, TypeError) as error:
            raise AuthenticationFailed from error
        for found, user in TOKENS.all(BY_KEY, [text[: CONSTANTS.TOKEN_KEY_LENGTH]]):
            in_force = found.expiry is None or found.expiry > timezone.now()
            if compare_digest(digest, found.digest) and in_force and user.is_active:
                return user, found
        raise AuthenticationFailed
