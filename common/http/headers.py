"""What every answer tells browsers besides the content policy (django-csp) and Django's own."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse

# nothing here films, records, locates or pays
DENIED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in DENIED),
    "Cross-Origin-Resource-Policy": "same-origin",
}


V = TypeVar("V", bound=Callable[..., Any])


def inline_styles(view: V) -> V:
    """Let a page's elements carry style attributes. Nowhere else is anything inline."""
    allowed = csp_update({"style-src-attr": [UNSAFE_INLINE]})
    return cast(V, allowed(cast(Any, view)))


class BrowserHeaders:
    """Middleware: the outermost, so that static files and refusals carry them, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        for cookie in response.cookies.values():  # whoever set it
            cookie["samesite"] = cookie["samesite"] or "Lax"
            cookie["secure"] = settings.LIANBAN_HTTPS or cookie["secure"]
        return response
