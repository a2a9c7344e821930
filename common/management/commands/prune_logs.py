"""Cut the logs back by policy."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError

from common.pruning import prune_logs


class Command(BaseCommand):
    help = (
        "Removes changes and access records older than LIANBAN_LOG_DAYS (three years; six months "
        "at least) in whole sealed batches, and leaves a sealed note. Needs the database's owner: "
        "LIANBAN_DATABASE_ROLE=owner."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        try:
            cuts = prune_logs(dry_run=dry_run)
        except ProgrammingError as error:
            raise CommandError(
                f"Only the tables' owner prunes logs: {error}", returncode=2
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps({"logs": [cut.as_dict() for cut in cuts]}))
            return
        for cut in cuts:
            self.stdout.write(f"{cut.log}: {cut.rows} rows, through seal {cut.through_seal}")
