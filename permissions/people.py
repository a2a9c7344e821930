"""Who is at the screen, and where they may be sent."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from common.errors import DeniedError
from permissions.models import User

YEAR = 365 * 24 * 3600


def user_of(request: HttpRequest) -> User:
    """The signed-in user of a view behind `login_required`."""
    if not isinstance(request.user, User):
        raise DeniedError
    return request.user


def safe_address(request: HttpRequest, address: str) -> str:
    """An address of this site; the home page for any other."""
    hosts = {request.get_host()}
    if address and url_has_allowed_host_and_scheme(address, hosts, request.is_secure()):
        return address
    return "/"
