"""The benchmarks. They run in a database of their own under LIANBAN_HOME, kept for next time."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.bench.figures import Figures, measure_commit
from cases.bench.fill import fill_open_cases
from cases.bench.http_figures import UnmeasurableError, measure_http
from cases.bench.imports import manage, measure_import
from cases.bench.work import Desk
from cases.robots import staff
from cases.robots.server import NoServerError, own_server
from households.models import Household

PARTS = ("http", "import")
ANALYZE = "from cases.bench.fill import analyze; analyze()"


class Command(BaseCommand):
    help = "The benchmarks, one JSON line a figure (docs/how-to/measure.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--open-cases", type=int, default=25000)
        parser.add_argument("--runs", type=int, default=300, help="requests a figure")
        parser.add_argument("--only", choices=PARTS)
        parser.add_argument(
            "--here", action="store_true", help="in this (sample) database, not in one of its own"
        )

    def handle(self, *, here: bool, **options: Any) -> None:
        if not here and not os.environ.get("DATABASE_URL"):
            self._elsewhere(options)
            return
        if not settings.LIANBAN_SAMPLE:
            raise CommandError("bench makes up cases: it needs a sample database", returncode=2)
        figures = Figures(self.stdout.write)
        try:
            measure_commit(figures)
            if options["only"] != "import":
                self._http(figures, options)
            if options["only"] != "http" and not os.environ.get("DATABASE_URL"):
                measure_import(figures, settings.LIANBAN_HOME)
        except (UnmeasurableError, NoServerError, subprocess.CalledProcessError) as error:
            raise CommandError(str(error)) from error

    def _elsewhere(self, options: dict[str, Any]) -> None:
        """The same command on the cluster kept for it, so that the real one stays as it is."""
        home = settings.LIANBAN_HOME / "bench"
        home.mkdir(parents=True, exist_ok=True)
        env = os.environ | {
            "LIANBAN_HOME": str(home), "LIANBAN_SAMPLE": "1", "LIANBAN_TIMING": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "config.launcher", "bench", "--here"]
        command += ["--runs", str(options["runs"]), "--open-cases", str(options["open_cases"])]
        command += ["--only", options["only"]] if options["only"] else []
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)

    def _http(self, figures: Figures, options: dict[str, Any]) -> None:
        self._county(options["open_cases"])
        fill_open_cases(options["open_cases"], self._say)
        as_owner = os.environ | {"LIANBAN_DATABASE_ROLE": "owner"}
        manage(as_owner, "shell", "--no-imports", "-c", ANALYZE)
        posts = staff.posts()
        tokens = staff.issue_tokens({name for names in posts.values() for name in names})
        try:
            with own_server(web=2) as base:
                desk = Desk(posts, tokens)
                measure_http(figures, desk, f"{base}/api/v1/", runs=options["runs"])
        finally:
            staff.revoke_tokens(tokens)

    def _county(self, open_cases: int) -> None:
        """A sample county that is large enough: one household a case, and some to open."""
        env = dict(os.environ)
        wanted = open_cases + 2000
        if Household.objects.count() < wanted:
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place) / "county"
                manage(
                    env, "sample_county", str(folder), "--households", str(wanted), "--seed", "3"
                )
                manage(env, "import_register", str(folder))

    def _say(self, text: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{text}", ending="")
            self.stderr.flush()
