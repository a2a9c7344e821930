"""Screen everyone for missed, duplicate and excessive aid."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.errors import InputError
from households import facts
from permissions.access import asked_prefix
from screening.county import Hit, screen
from screening.services import findings


class Command(BaseCommand):
    help = "全县筛查：应享未享、重复享受、超标享受；缺少资料的列为“无法判断”"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--division", default="", metavar="CODE")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, as_of: date | None, division: str, as_json: bool, **_more: Any) -> None:
        on = as_of or clock.today()
        try:
            prefix = asked_prefix(division) if division else ""
        except InputError as error:
            raise CommandError(str(error), returncode=2) from error
        began = time.monotonic()
        people = facts.count(on=on, division=prefix)
        told, hits = _Told(as_json=as_json), partial(screen, on=on, division=prefix)
        if on == clock.today():  # another day is a question; what holds today is kept
            findings.keep(hits=lambda: told.watch(hits()), division=prefix)
        else:
            for _hit in told.watch(hits()):
                pass
        seconds = round(time.monotonic() - began, 2)
        if as_json:
            self._as_json(on, people, seconds, told)
        else:
            self._print(on, people, seconds, told)
        if told.counts:
            sys.exit(1)

    def _as_json(self, on: date, people: int, seconds: float, told: "_Told") -> None:
        head = json.dumps({"as_of": str(on), "people": people, "seconds": seconds})
        self.stdout.write(head[:-1] + ', "findings": [', ending="")
        for number, (_order, line) in enumerate(sorted(told.lines)):
            self.stdout.write(f"{', ' if number else ''}{line}", ending="")
        self.stdout.write("]}")

    def _print(self, on: date, people: int, seconds: float, told: "_Told") -> None:
        count = told.counts.total()
        self.stdout.write(f"{on}：{people} 人，{seconds} 秒，{count} 条")
        for (kind, rule), count in sorted(told.counts.items()):
            self.stdout.write(f"  {kind:<10} {rule:<32} {count}")


class _Told:
    """What is told of the hits that pass by; they themselves are not kept."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.counts: Counter[tuple[str, str]] = Counter()
        self.lines: list[tuple[tuple[str, ...], str]] = []

    def watch(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """See a screening from its beginning."""
        self.counts.clear()
        self.lines.clear()
        for hit in hits:
            self.counts[hit.kind, hit.rule] += 1
            if self.as_json:
                order = (hit.kind, hit.rule, hit.person_no)
                self.lines.append((order, json.dumps(hit.as_dict(), ensure_ascii=False)))
            yield hit
