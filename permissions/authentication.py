"""Who calls the API: a token's owner or a browser's session."""

from hmac import compare_digest
from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """Tokens are kept as hashes; one query finds token and owner."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The owner of a token in force, by the machine's time."""
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (ValueError, TypeError) as error:
            raise AuthenticationFailed from error
        rows = AuthToken.objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH])
        for found in rows.select_related("user"):
            in_force = found.expiry is None or found.expiry > timezone.now()
            if compare_digest(digest, found.digest) and in_force and found.user.is_active:
                return found.user, found
        raise AuthenticationFailed
