"""Count working days."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.calendar import add_workdays
from common.errors import InputError


class Command(BaseCommand):
    help = "Counts working days of the State Council's calendar."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("start", type=date.fromisoformat)
        parser.add_argument("workdays", type=int)
        parser.add_argument(
            "--pause",
            nargs=2,
            action="append",
            default=[],
            type=date.fromisoformat,
            metavar=("FROM", "TO"),
        )
        parser.add_argument("--json", action="store_true")

    def handle(
        self, *, start: date, workdays: int, pause: list[list[date]], **options: Any
    ) -> None:
        if any(first > last for first, last in pause):
            raise CommandError("a pause ends before it begins", returncode=2)
        try:
            found = add_workdays(start, workdays, [(a, b) for a, b in pause])
        except InputError as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            row = {
                "due_on": str(found.on),
                "explanation": found.explanation,
                "provisional": found.provisional,
            }
            self.stdout.write(json.dumps(row, ensure_ascii=False))
        else:
            self.stdout.write(f"{found.on}  {found.explanation}")
