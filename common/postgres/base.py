"""Django's PostgreSQL with two differences of ours.

A kept connection is looked at, not asked: one question fewer in every request. And logs that are
only ever added to can be emptied together with the whole database.
"""

import select
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.pq import TransactionStatus


class DatabaseOperations(operations.DatabaseOperations):
    """What empties a whole database (`flush`, tests) empties its logs, too, if it owns them."""

    def sql_flush(self, *args: Any, **kwargs: Any) -> list[str]:
        """The statements of one transaction."""
        found: list[str] = super().sql_flush(*args, **kwargs)
        return ["SET LOCAL lianban.pruning = 'on'", *found] if found else found


class DatabaseWrapper(base.DatabaseWrapper):
    """The name Django looks for."""

    ops_class = DatabaseOperations

    def is_usable(self) -> bool:
        """A server that went away has left its end of the stream to read; else nothing is there."""
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        server = self.connection.pgconn
        if server.transaction_status != TransactionStatus.IDLE:
            return False
        waiting = select.poll()
        waiting.register(server.socket, select.POLLIN)
        return not waiting.poll(0)
