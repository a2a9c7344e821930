"""One way to run a use case: one call, one transaction, done once for each request key."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors as pg

from common import clock, history
from common.errors import InputError
from common.models import IdempotencyKey

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 4


@dataclass
class RequestKey:
    """A client's Idempotency-Key with a fingerprint of what was asked.

    `render` turns the use case's result into (status, JSON) inside the transaction, so that the
    answer is kept together with what was done.
    """

    user_id: int
    key: str
    fingerprint: bytes
    render: Callable[[Any], tuple[int, Any]]
    answer: tuple[int, Any] | None = field(default=None)


class AlreadyAnsweredError(Exception):
    """The same request was done before; `status` and `body` are its answer."""

    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body
        super().__init__(status)


_request: ContextVar[RequestKey | None] = ContextVar("request_key", default=None)


@contextmanager
def answering(key: RequestKey | None) -> Iterator[None]:
    """The use cases inside answer this request."""
    token = _request.set(key)
    try:
        yield
    finally:
        _request.reset(token)


def use_case(function: Callable[P, R]) -> Callable[P, R]:
    """Run a service as one durable transaction, again when the database asks for it.

    A deadlock or a serialisation failure is the database's request to try again; nothing of the
    failed attempt remains.
    """

    name = f"{function.__module__.partition('.')[0]}.{function.__name__}"

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with clock.held():
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    with transaction.atomic(durable=True):
                        history.say_who(actor=_actor_of(kwargs), by=name)
                        return _once(function, *args, **kwargs)
                except OperationalError as error:
                    if attempt == ATTEMPTS or not _try_again(error):
                        raise
        raise AssertionError  # pragma: no cover

    return run


def _actor_of(arguments: dict[str, Any]) -> Any:
    """The argument `actor`, or that of an argument which has one."""
    if "actor" in arguments:
        return arguments["actor"]
    return next((v.actor for v in arguments.values() if hasattr(v, "actor")), None)


def _try_again(error: OperationalError) -> bool:
    cause = error.__cause__
    return isinstance(cause, pg.DeadlockDetected | pg.SerializationFailure)


def _once(function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    key = _request.get()
    if key is None or key.answer is not None:  # of several use cases in a request, the first
        return function(*args, **kwargs)
    row_id = _claim(key)
    result = function(*args, **kwargs)
    status, body = key.render(result)
    IdempotencyKey.objects.filter(pk=row_id).update(status=status, answer=body)
    connection.on_commit(lambda: setattr(key, "answer", (status, body)))
    return result


def _claim(key: RequestKey) -> int:
    with connection.cursor() as cursor:
        # waits here for a request with the same key that is still under way
        cursor.execute(
            "INSERT INTO common_idempotencykey (user_id, key, fingerprint, created_at) "
            "VALUES (%s, %s, %s, clock_timestamp()) ON CONFLICT DO NOTHING RETURNING id",
            [key.user_id, key.key, key.fingerprint],
        )
        row = cursor.fetchone()
    if row:
        return int(row[0])
    kept = IdempotencyKey.objects.get(user_id=key.user_id, key=key.key)
    if bytes(kept.fingerprint) != key.fingerprint:
        raise InputError("idempotency-mismatch")
    raise AlreadyAnsweredError(kept.status or 200, kept.answer)
