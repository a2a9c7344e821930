"""An API token for a member of staff, shown this once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken

from permissions.models import User

MAX_DAYS = 3650


class Command(BaseCommand):
    help = "Prints an API token and nothing else, shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=30, help="valid for so many days")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if not 0 < days <= MAX_DAYS:
            raise CommandError(f"--days must lie between 1 and {MAX_DAYS}", returncode=2)
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("no such user, or not active", returncode=2)
        _row, token = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
        self.stdout.write(token)
