"""manage.py load_sample [--households N] [--seed S]"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from common.errors import ServiceError
from exchange.services import registers, samples


class Command(BaseCommand):
    help = "Load a made-up county and its sample staff; refuses where other people are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--households", type=int, default=1500)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, households: int, seed: int, **options: Any) -> None:
        try:
            registers.insist_on_tables()
            reports = samples.load_sample(households=households, seed=seed)
        except ServiceError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        password = samples.open_accounts()
        for report in reports:
            self.stdout.write(f"{report['kind']}: {report['rows']}")
        if reports:
            self.stdout.write(_("示例账号的密码：%(password)s") % {"password": password})
        else:
            self.stdout.write(_("示例已在库中；密码在 LIANBAN_HOME/sample-password"))
