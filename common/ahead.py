"""Reading ahead: the database goes on while what it found is worked on."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")
WAITING = 4
LOOK_SECONDS = 0.1


def read_ahead(rows: Callable[[], Generator[T]]) -> Iterator[T]:
    """What a generator gives, run by a thread with database connections of its own.

    It sees what is committed alone. A few items wait at most, so memory stays flat. An error of
    the thread is raised here; whoever stops reading stops it.
    """
    reader = _Reader(rows)
    reader.start()
    try:
        while (item := reader.found.get()) is not reader:
            yield item  # type: ignore[misc]  # the reader itself is the end
        if reader.error is not None:
            raise reader.error
    finally:
        reader.stopped.set()
        reader.join()


class _Reader(Thread, Generic[T]):
    """Puts itself last."""

    def __init__(self, rows: Callable[[], Generator[T]]) -> None:
        super().__init__(daemon=True)
        self.rows, self.stopped = rows, Event()
        self.found: Queue[T | _Reader[T]] = Queue(WAITING)
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with closing(self.rows()) as source:
                for item in source:
                    self._give(item)
                    if self.stopped.is_set():
                        return
        except BaseException as error:  # noqa: BLE001  raised where it is read
            self.error = error
        finally:
            connections.close_all()
            self._give(self)

    def _give(self, item: "T | _Reader[T]") -> None:
        while not self.stopped.is_set():
            try:
                self.found.put(item, timeout=LOOK_SECONDS)
            except Full:
                continue
            return
