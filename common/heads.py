"""The heads of the logs' chains, outside the database: LIANBAN_HOME/seals, one file a log.

One line a seal: number, the end of its range, MAC. The files are only ever added to; a line that a
crash cut short is passed over, and written again.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

from common import crypto, places
from common.models import Seal

_TAIL = 1000  # bytes that hold several lines


@dataclass(frozen=True)
class Head:
    """Where a log's chain of seals ends."""

    number: int = 0
    place: int = 0
    id: int = 0
    mac: bytes = b""

    @classmethod
    def of(cls, seal: Seal) -> "Head":
        return cls(seal.number, seal.through_place, seal.through_id, bytes(seal.mac))


def path_of(log: str) -> Path:
    """The file of a log."""
    return crypto.home() / "seals" / log


def write(log: str) -> None:
    """Add the seals that the file does not know yet; on disk when this returns."""
    places.private_dir(path_of(log).parent)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    with os.fdopen(os.open(path_of(log), flags, 0o600), "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last, is_whole = _last(file)
        fresh = Seal.objects.filter(log=log, number__gt=last.number).order_by("number")
        lines = [_line(Head.of(seal)) for seal in fresh.iterator(chunk_size=10_000)]
        if not lines:
            return
        file.write((b"" if is_whole else b"\n") + b"".join(lines))
        file.flush()
        os.fsync(file.fileno())


def last(log: str) -> Head:
    """The last head in the file."""
    try:
        with path_of(log).open("rb") as file:
            return _last(file)[0]
    except FileNotFoundError:
        return Head()


def size(log: str) -> int:
    """How long the file is now."""
    try:
        return path_of(log).stat().st_size
    except FileNotFoundError:
        return 0


def every(log: str, *, until: int) -> Iterator[Head]:
    """The heads in the first bytes of the file, in the order in which they were written."""
    if not until:
        return
    with path_of(log).open("rb") as file:
        for line in file:
            until -= len(line)
            if until < 0:
                return
            if head := _read(line):
                yield head


def _last(file: IO[bytes]) -> tuple[Head, bool]:
    """The last head, and whether the file ends with a whole line."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _TAIL, 0))
    tail = file.read()
    found = [head for line in tail.splitlines() if (head := _read(line))]
    return (found[-1] if found else Head()), not tail or tail.endswith(b"\n")


def _line(head: Head) -> bytes:
    return orjson.dumps([head.number, head.place, head.id, head.mac.hex()]) + b"\n"


def _read(line: bytes) -> Head | None:
    try:
        number, place, row_id, mac = orjson.loads(line)
        return Head(number, place, row_id, bytes.fromhex(mac))
    except ValueError:
        return None
