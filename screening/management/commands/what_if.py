"""Rehearse changed parameters and tables: who would enter, leave or change, and what it costs."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases import drafts, rulebook
from common import clock
from common.errors import InputError
from screening.rehearsal import Trial, read_trial
from screening.rehearsal_report import report


class Command(BaseCommand):
    help = "参数或决策表调整预演：谁会纳入、退出或变动，每月、每年花费多少；不保存任何内容"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set", action="append", default=[], dest="changes", metavar="PARAMETER=VALUE"
        )
        parser.add_argument(
            "--table",
            action="append",
            default=[],
            type=Path,
            dest="files",
            metavar="FILE",
            help="MATTER/eligibility.dmn, MATTER.dmn, missed.dmn, duplicate.dmn, …",
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(
        self, *, changes: list[str], files: list[Path], as_json: bool, **_options: Any
    ) -> None:
        trial = _read(changes, files)
        began = time.monotonic()
        found = report(on=clock.today(), trial=trial)
        found["seconds"] = round(time.monotonic() - began, 2)
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        said = ", ".join([*changes, *map(str, files)])
        self.stdout.write(f"{found['on']}：{said}（{found['seconds']} 秒）")
        for code, row in {"合计": found, **found["by_matter"], **found["by_rule"]}.items():
            self.stdout.write(
                f"  {code:<24} 纳入 {row['enters']}  退出 {row['leaves']}  变动 {row['changes']}"
                f"  无法判断 {row['unclear']}  每月 {row['cost_month']} 元"
                f"  每年 {row['cost_year']} 元"
            )
        for code, row in found["running"]["by_matter"].items():
            self.stdout.write(f"  {code:<24} 涉及在办 {row['count']} 件")


def _read(changes: list[str], files: list[Path]) -> Trial:
    """Raises CommandError, which ends with 2, for all that is unsound."""
    parameters = {key: value for key, _sign, value in (c.partition("=") for c in changes)}
    try:
        tables = {_name(path): path.read_text("utf-8") for path in files}
        trial = read_trial(parameters, tables)
    except (InputError, OSError, UnicodeError) as error:
        raise CommandError(str(error), returncode=2) from error
    on = clock.today()
    added: dict[str, list[dict[str, Any]]] = {}
    for (package, name), text in trial.tables.items():
        row = {"table": name, "text": text, "from": str(on)}
        added.setdefault(package, []).append(row)
    problems = drafts.check_amended(added, on=on) if added else []
    if problems:
        told = "; ".join(f"{row.file} {row.element}: {row.message}" for row in problems)
        raise CommandError(told, returncode=2)
    return trial


def _name(path: Path) -> str:
    """A file's table: a matter's by its folder, any other by its own name."""
    return path.resolve().parent.name if path.stem == rulebook.ELIGIBILITY else path.stem
