"""manage.py import_register PATH… [--dry-run] [--json]"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from common.errors import InputError
from exchange.services import registers


class Command(BaseCommand):
    help = "Load register files (CSV or xlsx), one transaction a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document")

    def handle(self, *, paths: list[Path], dry_run: bool, as_json: bool, **options: Any) -> None:
        try:
            registers.insist_on_tables()
            sources = registers.open_sources(paths)
        except InputError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        reports = []
        for source in sources:
            if sys.stderr.isatty():
                self.stderr.write(f"{source.table.path.name} …")
            reports.append(registers.import_file(actor=None, source=source, dry_run=dry_run))
            if not as_json:
                self._print(reports[-1])
        if not dry_run:
            registers.screen_after(reports)
        if as_json:
            self.stdout.write(_dump({"files": reports}))
        if any(report["rejected"] for report in reports):
            sys.exit(1)

    def _print(self, report: dict[str, Any]) -> None:
        figures = _(
            "%(rows)s 行：新增 %(created)s，更新 %(updated)s，未变 %(unchanged)s，退回 %(rejected)s"
        )
        self.stdout.write(f"{report['name']}  " + figures % report)
        for title, problems in ((_("退回"), report["rejects"]), (_("提示"), report["warnings"])):
            for problem in problems[:50]:
                place = _("第 %(row)s 行 %(column)s") % problem
                self.stdout.write(f"  {title} {place}: {problem['message']} [{problem['code']}]")
            if len(problems) > 50:
                more = _("另有 %(count)s 条，见 --json") % {"count": len(problems) - 50}
                self.stdout.write(f"  {title} {more}")


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)
