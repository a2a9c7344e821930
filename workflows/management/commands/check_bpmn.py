"""Say of BPMN files what would run and what is unsupported."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.definitions import check_file
from workflows.engine.read import MAX_BYTES


class Command(BaseCommand):
    help = "解析 BPMN 2.0 文件，说明哪些能运行、哪些不支持；不执行任何内容"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, files: list[str], as_json: bool, **_options: Any) -> None:
        found = [self._check(Path(name)) for name in files]
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

    def _check(self, path: Path) -> dict[str, Any]:
        try:
            with path.open("rb") as file:
                source = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            text = getattr(error, "strerror", None) or str(error)
            problem = {"element": "", "code": "no-file", "message": text}
            return {"name": str(path), "ok": False, "processes": [], "problems": [problem]}
        return check_file(str(path), source)

    def _print(self, row: dict[str, Any]) -> None:
        self.stdout.write(f"{row['name']}: {'ok' if row['ok'] else 'not ok'}")
        for process in row["processes"]:
            word = "runs" if process["runs"] else "does not run"
            self.stdout.write(f"  {process['id']}: {word}, {process['elements']} elements")
        for problem in row["problems"]:
            line = f"  {problem['element'] or '-'}: {problem['code']}: {problem['message']}"
            self.stdout.write(line)
