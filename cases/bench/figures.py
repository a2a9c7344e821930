"""Figures as JSON lines."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from common.models import IdempotencyKey

Say = Callable[[str], None]


class Figures:
    """Prints each figure when it is there; times are told as multiples of a commit, too."""

    def __init__(self, write: Say) -> None:
        self._write = write
        self.commit_ms: float | None = None

    def tell(self, figure: str, value: float, unit: str, **more: Any) -> None:
        """One figure. `more` says under which circumstances."""
        row: dict[str, Any] = {"figure": figure, "value": round(value, 2), "unit": unit}
        if unit == "ms" and self.commit_ms:
            row["commits"] = round(value / self.commit_ms, 1)
        self._write(json.dumps(row | more, ensure_ascii=False))

    def spread(self, figure: str, seconds: Sequence[float], **more: Any) -> None:
        """The middle and the slow end of some durations."""
        ms = sorted(1000 * value for value in seconds)
        self.tell(f"{figure} p50", percentile(ms, 50), "ms", runs=len(ms), **more)
        self.tell(f"{figure} p99", percentile(ms, 99), "ms", runs=len(ms))


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value that so many per cent of ordered values do not exceed."""
    if len(ordered) < 2:
        return ordered[0] if ordered else float("nan")
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]


def measure_commit(figures: Figures, runs: int = 300) -> None:
    """One row inserted and committed: what everything else is compared with."""
    seconds = []
    with connection.cursor() as cursor:
        for number in range(runs):
            began = time.perf_counter()
            cursor.execute(
                "INSERT INTO common_idempotencykey (user_id, key, fingerprint, created_at)"
                " VALUES (0, %s, '', clock_timestamp())",
                [f"bench-{number}"],
            )
            seconds.append(time.perf_counter() - began)
    IdempotencyKey.objects.filter(user_id=0, key__startswith="bench-").delete()
    ms = sorted(1000 * value for value in seconds)
    figures.commit_ms = percentile(ms, 50)
    figures.tell("single-row commit p50", figures.commit_ms, "ms", runs=runs)
