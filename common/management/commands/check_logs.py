"""Check that the logs are what was sealed."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from common.log_check import check_logs, known_heads


class Command(BaseCommand):
    help = (
        "Whether events, changes and access log are what was sealed: finds rows altered, removed, "
        "inserted or re-ordered. Exit 1 if there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        began = time.monotonic()
        known = known_heads()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            reports = check_logs(known)
        seconds = round(time.monotonic() - began, 2)
        if options["json"]:
            logs = [report.as_dict() for report in reports]
            self.stdout.write(json.dumps({"logs": logs, "seconds": seconds}, ensure_ascii=False))
        else:
            for report in reports:
                self.stdout.write(
                    f"{report.log}: {report.rows} rows in {report.seals} seals, "
                    f"{report.unsealed} not sealed yet, {report.count} faults"
                )
                for fault in report.faults:
                    where = f"seal {fault.seal}, ids {fault.first_id} to {fault.last_id}"
                    self.stdout.write(f"  FAULT {fault.kind}: {where}: {fault.text}")
        if any(report.count for report in reports):
            raise SystemExit(1)
