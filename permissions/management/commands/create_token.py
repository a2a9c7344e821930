"""An API token for a member of staff, shown this once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from knox.models import AuthToken

from permissions import steps
from permissions.models import AccountAct, TokenScope, User

MAX_DAYS = 3650


class Command(BaseCommand):
    help = "Prints an API token and nothing else, shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=30, help="valid for so many days")
        parser.add_argument(
            "--scope",
            choices=TokenScope.Scope.values,
            default=TokenScope.Scope.WRITE.value,
            help="read: for requests that change nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if not 0 < days <= MAX_DAYS:
            raise CommandError(f"--days must lie between 1 and {MAX_DAYS}", returncode=2)
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("no such user, or not active", returncode=2)
        with transaction.atomic():
            row, token = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
            if options["scope"] != TokenScope.Scope.WRITE:
                TokenScope.objects.create(token=row, scope=options["scope"])
            told = {"days": days, "scope": options["scope"]}
            steps.record(AccountAct.Name.TOKEN_ISSUED, user, actor=None, **told)
        self.stdout.write(token)
