"""Say of DMN files what would run and what is unsupported or unsound."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rules.inspect import report
from rules.read import MAX_BYTES


class Command(BaseCommand):
    help = "解析 DMN 文件，说明哪些能用、哪些不支持或有毛病；不执行任何内容"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, files: list[str], as_json: bool, **_options: Any) -> None:
        found = [_check(Path(name)) for name in files]
        if as_json:
            self.stdout.write(json.dumps({"files": found}, ensure_ascii=False))
        else:
            for row in found:
                self._print(row)
        unread = [row for row in found if any(p["code"] == "no-file" for p in row["problems"])]
        if unread:
            self.stderr.write("\n".join(f"{r['name']}: no such file" for r in unread))
            sys.exit(2)
        if not all(row["ok"] for row in found):
            sys.exit(1)

    def _print(self, row: dict[str, Any]) -> None:
        self.stdout.write(f"{row['name']}: {'ok' if row['ok'] else 'not ok'}")
        for decision in row["decisions"]:
            word = "runs" if decision["runs"] else "does not run"
            size = f", {decision['hit_policy']}, {decision['rules']} rules"
            self.stdout.write(
                f"  {decision['name']}: {word}{size if decision['hit_policy'] else ''}"
            )
        for problem in row["problems"]:
            line = f"  {problem['element'] or '-'}: {problem['code']}: {problem['message']}"
            self.stdout.write(line)


def _check(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        text = getattr(error, "strerror", None) or str(error)
        problem = {"element": "", "code": "no-file", "message": text}
        return {"name": str(path), "ok": False, "decisions": [], "problems": [problem]}
    return report(str(path), source)
