"""Long rows of things, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size`, the last one shorter. As itertools.batched, which Python 3.12 brings."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
