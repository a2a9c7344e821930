"""Refusals around signing in."""

from common.errors import DeniedError, ServiceError


class SecondFactorError(DeniedError):
    """The session has not passed its second factor."""

    code = "second-factor"


class TooOftenError(ServiceError):
    """Too many wrong codes; `extra["seconds"]` is how long to wait."""

    status = 429
    code = "rate-limited"
