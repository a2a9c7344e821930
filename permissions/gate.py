"""What stands between the password and the pages: second factor, a password that is due.

Everything it needs is in the session and in the user's row, so that it asks no question more.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from permissions import factors, passwords
from permissions.models import User
from permissions.sessions import tell_seen, tell_visitor

API = "/api/"
ENROLLED = "factor"  # in the session: its user had a second factor when signing in
BY_PASSWORD = "django.contrib.auth.backends.ModelBackend"  # noqa: S105 - a class
VERIFY, ENROL, PASSWORD = "second-factor", "second-factor-enrol", "password"
ALWAYS_OPEN = {"sign-in", "sign-out", "language", "size", "oidc", "oidc-return"}


def next_step(request: HttpRequest, user: User) -> str | None:
    """The page that has to be passed before any other; None where nothing is left to do."""
    is_passed = factors.is_passed(request.session)
    if request.session.get(ENROLLED) and not is_passed:
        return VERIFY
    by_password = request.session.get(BACKEND_SESSION_KEY) == BY_PASSWORD
    if by_password and passwords.is_due(user):
        return PASSWORD
    if not is_passed and factors.is_required(user):
        return ENROL
    return None


class GateMiddleware:
    """Leads to the next step of signing in; the API's own authentication refuses instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tell_visitor(request)
        response = self.get_response(request)
        tell_seen(request)
        return response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Nothing for who is not signed in: the page itself asks for that."""
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.path.startswith(API) or name in ALWAYS_OPEN:
            return None
        user = request.user
        step = next_step(request, user) if isinstance(user, User) else None
        if step is None or step == name:
            return None
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": reverse(step)})
        after = request.get_full_path() if request.method == "GET" else "/"
        query = urlencode({"next": after})
        return redirect(f"{reverse(step)}?{query}")
