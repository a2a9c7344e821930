"""Gunicorn's threaded worker, fair to its siblings, and warm before it is asked.

Processes that share a listening socket are all woken by a new connection, and the one that is
awake already takes it, so that kept connections heap up in one process while another idles.
Tables, diagrams and addresses are made ready beside the first requests, one of which would wait
most of a second for them.
"""

import logging
import time
from socket import socket
from threading import Thread

from gunicorn.workers.gthread import ThreadWorker

STEP = 0.001
LONGEST = 0.004


class FairWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Leaves a new connection for a moment to whoever has fewer; it is gone then, or its own."""

    def run(self) -> None:
        """Serve, and make ready meanwhile."""
        Thread(target=_warm_up, daemon=True).start()
        super().run()

    def accept(self, listener: socket) -> None:
        """Take a connection that is still there after the moment."""
        time.sleep(min(self.nr_conns * STEP, LONGEST))
        super().accept(listener)


def _warm_up() -> None:
    from django.db import Error, connections  # the settings are loaded with the application
    from django.urls import get_resolver

    from cases import catalogue, rulebook
    from common.errors import EngineError
    from workflows.definitions import compiled

    try:
        get_resolver().reverse_dict  # noqa: B018  reads every room's addresses
        for package in catalogue.newest().values():
            for name in package.tables:
                rulebook.question(package, name)
            if package.definition_id is not None:
                compiled(package.definition_id)
    except (Error, EngineError):  # told to whoever asks for what does not work
        logging.getLogger(__name__).warning("not everything is ready beforehand", exc_info=True)
    finally:
        connections.close_all()
