"""Read by every gunicorn that is started in this folder, whatever else it is told."""

from typing import Any

from config import exposure


def on_starting(server: Any) -> None:
    """Before it listens."""
    exposure.refuse_debug_on(server.cfg.bind)
