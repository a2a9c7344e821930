"""Gunicorn's threaded worker, fair to its siblings.

Processes that share a listening socket are all woken by a new connection, and the one that is
awake already takes it, so that kept connections heap up in one process while another idles.
"""

import time
from socket import socket

from gunicorn.workers.gthread import ThreadWorker

STEP = 0.001
LONGEST = 0.004


class FairWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Leaves a new connection for a moment to whoever has fewer; it is gone then, or its own."""

    def accept(self, listener: socket) -> None:
        """Take a connection that is still there after the moment."""
        time.sleep(min(self.nr_conns * STEP, LONGEST))
        super().accept(listener)
