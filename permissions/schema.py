"""How the published schema tells of our sign-in by session."""

from drf_spectacular.authentication import SessionScheme


class Sessions(SessionScheme):  # type: ignore[no-untyped-call]
    """Django's cookie, with what signing in asks for besides."""

    target_class = "permissions.authentication.SessionAuthentication"
    priority = 0
