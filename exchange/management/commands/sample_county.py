"""manage.py sample_county DIR --households N --seed S"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.sample.county import write_county


class Command(BaseCommand):
    help = "Write a made-up county as register files; the same seed, the same bytes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--households", type=int, default=1500)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, folder: Path, households: int, seed: int, **options: Any) -> None:
        if households < 1:
            raise CommandError("--households must be 1 or more", returncode=2)
        try:
            write_county(folder, households=households, seed=seed)
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}", returncode=2) from error
