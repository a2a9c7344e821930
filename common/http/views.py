"""The base of every view of the API: signed in, JSON in and out, problems, repeatable POSTs.

A view parses, calls one service, renders. Answers are plain responses: nothing is negotiated.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from common import typed
from common.errors import InputError, MissingError
from common.http import limits
from common.http.answers import answer, plain
from common.http.bodies import JsonParser, fingerprint
from common.http.problems import problem_of
from common.usecase import AlreadyAnsweredError, RequestKey, answering

R = TypeVar("R")
MAX_KEY = 200


class ApiView(APIView):
    """See the module. `Filters` read the address; `perform` runs a POST."""

    parser_classes: Sequence[type[BaseParser]] = (JsonParser,)
    limit = ""  # a kind of `common.http.limits`, besides the general one
    metadata_class = None  # OPTIONS is 405: the published schema describes every address

    @property
    def user(self) -> Any:
        """Who calls; signed in, or the view is not reached."""
        return self.request.user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Sign-in first; then what no database text can hold is nowhere to be found."""
        try:
            self.perform_authentication(request)
        except AuthenticationFailed:
            limits.count("wrong-token", user_id=None, address=request.META.get("REMOTE_ADDR", ""))
            raise
        self.check_permissions(request)
        self._count(request)
        if any("\0" in str(value) for value in kwargs.values()):
            raise MissingError
        for field, values in request.GET.lists():
            if any("\0" in value for value in values):
                raise InputError("invalid-data", _("含有控制字符"), field=field)

    def _count(self, request: Request) -> None:
        who = {"user_id": self.user.pk, "address": request.META.get("REMOTE_ADDR", "")}
        for kind in (limits.GENERAL, self.limit):
            limits.count(kind, **who)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """Every foreseen error is a problem; the rest goes to Django's handler."""
        found = problem_of(exc)
        if found is None:
            raise exc
        if found.status_code == 405:
            found["Allow"] = ", ".join(self.allowed_methods)
        return found

    def finalize_response(  # type: ignore[override]
        self,
        request: Request,
        response: HttpResponse,
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponse:
        """Answers are personal: no cache keeps them."""
        response["Cache-Control"] = "no-store"
        return response

    def perform(
        self,
        request: Request,
        do: Callable[[], R],
        render: Callable[[R], Any],
        *,
        status: int = 200,
    ) -> HttpResponse:
        """Run a use case for a POST, once for its Idempotency-Key, and answer.

        With a key the answer is rendered and kept in the use case's own transaction.
        """
        key = request_key(request, self.user.pk, lambda result: (status, plain(render(result))))
        try:
            with answering(key):
                result = do()
        except AlreadyAnsweredError as kept:
            return answer(kept.body, kept.status, kept=True)
        if key is not None and key.answer is not None:
            return answer(key.answer[1], key.answer[0], kept=True)
        return answer(render(result), status)


def request_key(
    request: Request, user_id: int, render: Callable[[Any], tuple[int, Any]]
) -> RequestKey | None:
    """The request's Idempotency-Key, None without one. Parses the body."""
    _parsed = request.data
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    if not text or len(text) > MAX_KEY or not text.isprintable():
        raise InputError("invalid-data", _("幂等键有误"), field="Idempotency-Key")
    return RequestKey(user_id, text, fingerprint(request), render)


class Filters:
    """The address's parameters, read strictly: what is there and does not fit is 422."""

    def __init__(self, request: Request | HttpRequest) -> None:
        self.values = request.GET

    def text(self, name: str) -> str:
        """A text, empty where absent."""
        return str(self.values.get(name, "")).strip()[:200]

    def choice(self, name: str, allowed: Any) -> str:
        """One of some words, empty where absent."""
        text = self.text(name)
        if text and text not in allowed:
            raise InputError("invalid-data", _("请从选项中选择"), field=name)
        return text

    def flag(self, name: str) -> bool | None:
        """true/1 or false/0; None where absent."""
        text = self.choice(name, {"true", "false", "1", "0"})
        return None if not text else text in {"true", "1"}

    def day(self, name: str) -> date | None:
        """A date as ISO 8601 has it."""
        return typed.day(self.text(name), field=name)

    def moment(self, name: str) -> datetime | None:
        """A time with its offset; without one it is China's."""
        # a plus sign in an address is a blank unless it was escaped
        text = self.text(name).replace(" ", "+")
        if not text:
            return None
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            raise InputError("invalid-data", _("时间有误"), field=name)
        return timezone.make_aware(found) if timezone.is_naive(found) else found
