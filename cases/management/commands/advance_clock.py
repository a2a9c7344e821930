"""Move a sample database's business date; what falls due fires."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.services.due import run_due
from common import clock
from common.errors import InputError


class Command(BaseCommand):
    help = "Sample databases only: moves the date that every process sees forward."

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--days", type=int)
        group.add_argument("--to", type=date.fromisoformat)

    def handle(self, *, days: int | None, to: date | None, **options: Any) -> None:
        try:
            today = clock.advance(days=days, to=to)
        except InputError as error:
            raise CommandError(str(error), returncode=2) from error
        fired = run_due()
        self.stdout.write(f"{today} ({fired})")
