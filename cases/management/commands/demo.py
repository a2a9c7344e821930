"""The story of one case in a terminal."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from rich.console import Console

from cases.models import Case
from cases.robots.story import NotPossibleError, Story


class Command(BaseCommand):
    help = "The main job in a terminal, on the sample county: one case with all matters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lang", choices=["zh", "en"], help="language (default: as LANG)")
        parser.add_argument("--seed", type=int, help="answers to repeat (default: as cases go)")

    def handle(self, *, lang: str | None, seed: int | None, **options: Any) -> None:
        if not settings.LIANBAN_SAMPLE:
            raise CommandError("the demo needs a sample database", returncode=2)
        english = (lang or os.environ.get("LANG", "zh")).startswith("en")
        with translation.override("en" if english else "zh-hans"):
            number = Case.objects.count() if seed is None else seed
            console = Console(file=sys.stdout)
            try:
                Story(console, number).tell()
            except NotPossibleError as error:
                raise CommandError(str(error), returncode=2) from error
