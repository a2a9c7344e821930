"""Screen everyone for missed, duplicate and excessive aid."""

import json
import sys
import time
from collections import Counter
from datetime import date
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
        hits = sorted(screen(on=on, division=prefix), key=_order)
        seconds = round(time.monotonic() - began, 2)
        if on == clock.today():  # another day is a question; today's findings are kept
            findings.keep(hits=hits, division=prefix)
        if as_json:
            told = {"as_of": str(on), "people": people, "seconds": seconds}
            rows = [hit.as_dict() for hit in hits]
            self.stdout.write(json.dumps(told | {"findings": rows}, ensure_ascii=False))
        else:
            self._print(on, people, seconds, hits)
        if hits:
            sys.exit(1)

    def _print(self, on: date, people: int, seconds: float, hits: list[Hit]) -> None:
        self.stdout.write(f"{on}：{people} 人，{seconds} 秒，{len(hits)} 条")
        for (kind, rule), count in sorted(Counter((h.kind, h.rule) for h in hits).items()):
            self.stdout.write(f"  {kind:<10} {rule:<32} {count}")


def _order(hit: Hit) -> tuple[str, ...]:
    return (hit.kind, hit.rule, hit.person_no)
