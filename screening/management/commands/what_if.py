"""Rehearse changed parameters: who would enter, leave or change, and what it costs."""

import json
import time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import rulebook
from common import clock
from screening.rehearsal import report


class Command(BaseCommand):
    help = "参数调整预演：谁会纳入、退出或变动，每月花费多少；不保存任何内容"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set", action="append", required=True, dest="changes", metavar="PARAMETER=VALUE"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, changes: list[str], as_json: bool, **_options: Any) -> None:
        changed = dict(_read(text) for text in changes)
        began = time.monotonic()
        found = report(on=clock.today(), changed=changed)
        found["seconds"] = round(time.monotonic() - began, 2)
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"{found['on']}：{', '.join(changes)}（{found['seconds']} 秒）")
        for code, row in {"合计": found, **found["by_matter"]}.items():
            self.stdout.write(
                f"  {code:<24} 纳入 {row['enters']}  退出 {row['leaves']}"
                f"  变动 {row['changes']}  每月 {row['cost_month']} 元"
            )


def _read(text: str) -> tuple[str, Decimal]:
    key, _sign, value = text.partition("=")
    known = {row.key for row in rulebook.deployed_parameters()}
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise CommandError(f"{text}: a number is needed", returncode=2) from error
    if key not in known or not number.is_finite() or abs(number) > 10**9:
        raise CommandError(f"{text}: known are {', '.join(sorted(known))}", returncode=2)
    return key, number
