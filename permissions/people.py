"""Who is at the screen."""

from django.http import HttpRequest

from common.errors import DeniedError
from permissions.models import User


def user_of(request: HttpRequest) -> User:
    """The signed-in user of a view behind `login_required`."""
    if not isinstance(request.user, User):
        raise DeniedError
    return request.user
