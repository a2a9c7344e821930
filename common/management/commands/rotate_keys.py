"""A new key for what is sealed, while people work."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import crypto, keys, rotation
from common.errors import ConflictError


class Command(BaseCommand):
    help = (
        "Makes a new version of the sealing key and seals everything again by it; broken off, it "
        "goes on. --finish takes the old version out of use once no row needs it. The key of the "
        "blind indexes stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--finish", action="store_true", help="take old versions out of use")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, finish: bool, **options: Any) -> None:
        try:
            told = self._finish() if finish else self._rotate()
        except (ConflictError, keys.KeysUnavailableError, keys.KeyFileError) as error:
            raise CommandError(str(error), returncode=2) from error
        except crypto.SealError as error:
            raise CommandError(f"{error}; everything before it is sealed again") from error
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in told.items()))

    def _rotate(self) -> dict[str, Any]:
        done = rotation.rotate()
        rate = round(done.rows / done.seconds) if done.rows else 0
        return {"version": done.version, "rows": done.rows, "seconds": round(done.seconds, 1),
                "rows_per_second": rate}  # fmt: skip

    def _finish(self) -> dict[str, Any]:
        return {"retired": rotation.finish()}
