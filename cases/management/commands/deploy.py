"""Deploy matter packages."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.drafts import RefusedError
from cases.services.packages import deploy_packages


class Command(BaseCommand):
    help = "Checks and deploys matter packages: new versions for new cases, running ones untouched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, paths: list[Path], dry_run: bool, **options: Any) -> None:
        try:
            done = deploy_packages(paths, dry_run=dry_run)
        except RefusedError as error:
            if options["json"]:
                rows = [problem.as_dict() for problem in error.problems]
                self.stdout.write(
                    json.dumps({"deployed": [], "problems": rows}, ensure_ascii=False)
                )
            for problem in error.problems:
                self.stderr.write(
                    f"{problem.file} {problem.element} {problem.code}: {problem.message}"
                )
            raise SystemExit(2) from None
        rows = [vars(row) for row in done]
        if options["json"]:
            self.stdout.write(json.dumps({"deployed": rows, "problems": []}, ensure_ascii=False))
            return
        fresh = [f"{row.code} {row.version}" for row in done if row.is_new]
        self.stdout.write(f"{len(fresh)} new, {len(done) - len(fresh)} unchanged")
        for line in fresh:
            self.stdout.write(f"  {line}")
