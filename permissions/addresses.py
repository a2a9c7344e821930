"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address; behind the HTTPS proxy the one that the proxy itself added last.

    What stands before it in X-Forwarded-For was written by the client.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.LIANBAN_HTTPS:
        text = request.headers.get("X-Forwarded-For", text).rpartition(",")[2].strip()
    try:
        return str(ip_address(text))
    except ValueError:
        return None
