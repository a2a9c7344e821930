"""Check the invariants."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.books.check import LISTS, check_books


class Command(BaseCommand):
    help = (
        "The invariants: outcomes, benefits, list entries, events, projections against engine "
        "state, seals of the logs. Exit 1 if any is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--lists", type=int, default=LISTS, help="households' lists to read")
        parser.add_argument("--engines", type=int, help="processes to compare (default: all)")

    def handle(self, *, lists: int, engines: int | None, **options: Any) -> None:
        books = check_books(lists=lists, engines=engines)
        if options["json"]:
            self.stdout.write(json.dumps(books.as_dict(), ensure_ascii=False))
        else:
            for name, count in books.checked.items():
                self.stdout.write(f"{count:>9}  {name}")
            for row in books.violations:
                self.stdout.write(f"VIOLATION {row.rule}: case {row.case}, {row.text}")
            self.stdout.write(f"{len(books.violations)} violations")
        if books.violations:
            raise SystemExit(1)
