"""To the identity provider and back."""

import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from common.pages import Problem, refusal
from permissions import gate, oidc
from permissions.people import user_of
from permissions.services import own


class Leave(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """To the provider."""

    def __init__(self, **kwargs: Any) -> None:
        """The library would read its settings here; ours are asked for when needed."""
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        _insist_on_one()
        try:
            about = oidc.described(settings.LIANBAN_OIDC_ISSUER)
            self.OIDC_OP_AUTH_ENDPOINT = about["authorization_endpoint"]
        except oidc.FAULTS as error:
            return _refused(request, error)
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        answer: HttpResponse = super().get(request)
        return answer


class Return(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Back from the provider, with a code for what it knows."""

    def get(self, request: HttpRequest) -> HttpResponse:
        _insist_on_one()
        try:
            answer: HttpResponse = super().get(request)
        except oidc.FAULTS as error:
            return _refused(request, error)
        return answer

    def login_failure(self) -> HttpResponse:
        return _refused(self.request, None)

    def login_success(self) -> HttpResponse:
        """Our second factor stands after it as after a password."""
        answer: HttpResponse = super().login_success()
        self.request.session[gate.ENROLLED] = own.is_enrolled(user_of(self.request))
        return answer


def _insist_on_one() -> None:
    if not settings.LIANBAN_OIDC_ISSUER:
        raise Http404


def _refused(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """The same words for every fault: the log's line says which."""
    kind = type(error).__name__ if error else "no account"
    logging.getLogger(__name__).warning("sign-in by the identity provider refused: %s", kind)
    return refusal(
        request,
        Problem(
            403,
            _("统一身份认证没有通过，或这里没有您的在用账号。"),
            title=_("没有登录成功"),
            next=_("请再试一次；仍不行，请联系本县安全管理员。"),
        ),
    )
