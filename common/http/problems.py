"""Every error of the API as a problem: ours, the framework's, Django's own."""

import logging
import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as rest

from common.errors import FieldError, ServiceError
from common.http.answers import problem

log = logging.getLogger(__name__)
SCHEME = "Token"
API = "/api/"

# what the framework raises: our code, and its status
_FRAMEWORK: dict[type[Exception], tuple[str, int]] = {
    rest.NotAuthenticated: ("not-signed-in", 401),
    rest.AuthenticationFailed: ("not-signed-in", 401),
    rest.PermissionDenied: ("not-allowed", 403),
    PermissionDenied: ("not-allowed", 403),
    rest.NotFound: ("not-found", 404),
    Http404: ("not-found", 404),
    rest.MethodNotAllowed: ("method-not-allowed", 405),
    rest.NotAcceptable: ("not-acceptable", 406),
    rest.UnsupportedMediaType: ("wrong-type", 415),
    rest.ParseError: ("invalid-data", 422),
    rest.Throttled: ("rate-limited", 429),
    RequestDataTooBig: ("too-large", 413),
    SuspiciousOperation: ("invalid-data", 422),
    # the database is away or asks to be left alone for a moment
    OperationalError: ("unavailable", 503),
    InterfaceError: ("unavailable", 503),
}


def problem_of(error: Exception) -> HttpResponse | None:
    """The problem that an error is over HTTP; None for what nobody foresaw."""
    if isinstance(error, ServiceError):
        return problem(
            error.code,
            error.status,
            detail=error.message,
            errors=error.errors,
            headers=retry_after(error.extra),
            **error.extra,
        )
    if isinstance(error, rest.ValidationError):
        return problem("invalid-data", 422, errors=field_errors(error.detail))
    for kind, (code, status) in _FRAMEWORK.items():
        if isinstance(error, kind):
            if status == 503:
                log.warning("database unavailable: %s", type(error.__cause__ or error).__name__)
            return problem(code, status, headers=_headers(error, status))
    return None


def retry_after(extra: dict[str, Any]) -> dict[str, str]:
    """The header for a refusal that says when to come again."""
    return {"Retry-After": str(extra["retry_after"])} if "retry_after" in extra else {}


def _headers(error: Any, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": SCHEME}
    if status == 429 and error.wait:
        return {"Retry-After": str(int(error.wait) + 1)}
    return {"Retry-After": "1"} if status == 503 else {}


def field_errors(detail: Any, path: str = "") -> list[FieldError]:
    """The framework's nested details, flat. No message repeats what was sent."""
    if isinstance(detail, dict):
        return [
            found
            for key, inner in detail.items()
            for found in field_errors(inner, _path(path, str(key)))
        ]
    if isinstance(detail, list):
        nested = any(isinstance(inner, dict | list) for inner in detail)
        return [
            found
            for n, inner in enumerate(detail)
            for found in field_errors(inner, _path(path, str(n)) if nested else path)
        ]
    return [FieldError(path, str(getattr(detail, "code", "invalid")), str(detail))]


def _path(path: str, key: str) -> str:
    if key == "non_field_errors":
        return path
    return f"{path}.{key}" if path else key


def exception_handler(error: Exception, _context: Any) -> HttpResponse | None:
    """The framework's setting EXCEPTION_HANDLER."""
    return problem_of(error)


# --- Django's own error pages: problems under the API, pages elsewhere ----------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem_of(exception) or problem("invalid-data", 422)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem("not-allowed", 403)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem("not-found", 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exception()  # raised outside a view, such as by a middleware
    if isinstance(error, OperationalError | InterfaceError) and request.path.startswith(API):
        return problem_of(error) or problem("unavailable", 503)
    if request.path.startswith(API):
        return problem("internal-error", 500, detail=_("系统出现异常，请稍后再试"))
    return defaults.server_error(request)


@csrf_exempt  # nothing is here to be done, and a page would be no answer
def nowhere(_request: HttpRequest, rest: str = "") -> HttpResponse:
    """No such address under the API."""
    return problem("not-found", 404)
