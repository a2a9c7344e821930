"""A password for an account from the console: the first administrator's, or the last way in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from permissions.models import User
from permissions.services.accounts import issue_password


class Command(BaseCommand):
    help = (
        "Prints a password to hand over and nothing else, shown this once. It must be changed at "
        "the next sign-in. The account is unlocked; its sessions and tokens end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("no such user, or not active", returncode=2)
        self.stdout.write(issue_password(actor=None, user_id=user.pk))
