"""Background jobs by name, put into the queue in the current transaction."""

from typing import Any

from procrastinate.contrib.django import app


def defer(name: str, **arguments: Any) -> None:
    """Put a job into the queue; it exists if and only if the transaction commits.

    Arguments are ids, never personal data.
    """
    app.configure_task(name, queue="default").defer(**arguments)
