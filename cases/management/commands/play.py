"""Robots play cases to their end."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.robots import staff
from cases.robots.client import Clients
from cases.robots.play import Game, Score
from cases.robots.server import NoServerError, running_server


class Command(BaseCommand):
    help = (
        "Sample databases only: robots open N cases through the HTTP API, complete every task, "
        "and move the date where a case waits for one, until every case is closed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, required=True, metavar="N")
        parser.add_argument("--seed", type=int, required=True, metavar="S")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--all-matters", action="store_true", help="every case asks for all")
        parser.add_argument("--threads", type=int, default=4, help="robots at work at once")

    def handle(self, *, cases: int, seed: int, **options: Any) -> None:
        if not settings.LIANBAN_SAMPLE:
            raise CommandError("play needs a sample database", returncode=2)
        if cases < 1 or options["threads"] < 1:
            raise CommandError("--cases and --threads must be at least 1", returncode=2)
        posts = staff.posts()
        if not any(role == "window_clerk" for _org, role in posts):
            raise CommandError("there are no sample accounts; run load_sample", returncode=2)
        tokens = staff.issue_tokens({name for names in posts.values() for name in names})
        try:
            with running_server(next(iter(tokens.values()))) as base:
                clients = Clients(f"{base}/api/v1/", tokens)
                game = Game(clients, posts, seed, threads=options["threads"], say=self._say)
                score = game.play(cases, whole=options["all_matters"])
                clients.close()
        except NoServerError as error:
            raise CommandError(str(error), returncode=2) from error
        finally:
            staff.revoke_tokens(tokens)
        self._report(score, as_json=options["json"])

    def _report(self, score: Score, *, as_json: bool) -> None:
        for text in score.errors[:50]:
            self.stderr.write(text)
        found = score.as_dict()
        if as_json:
            self.stdout.write(json.dumps(found))
        else:
            for name, value in found.items():
                self.stdout.write(f"{name}: {value}")
        if score.errors or score.closed < score.cases:
            raise SystemExit(1)

    def _say(self, text: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{text}", ending="")
            self.stderr.flush()
