"""Use case: a sample county with its sample staff (contract: load_sample, accounts)."""

import secrets
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from common import crypto, history, places
from common.errors import ConflictError, InputError
from common.models import Event
from exchange.sample import county, staff
from exchange.services import registers
from households.models import Household, Person
from permissions.models import User

# numbers of the sample and of what was registered at the desk meanwhile
_OURS = r"^(YHP\d{7}B?|Z\d{12})$"
_LAST = "readings"


def load_sample(*, households: int, seed: int) -> list[dict[str, Any]]:
    """Import a made-up county, once; what was done in it since stays. Returns reports a file.

    One transaction a file: after an interruption the rest is loaded. Raises InputError where this
    is no sample database, ConflictError where it holds other people.
    """
    if not settings.LIANBAN_SAMPLE:
        raise InputError("invalid-data", _("这不是示例数据库（LIANBAN_SAMPLE=1）"))
    strangers = Person.objects.exclude(person_no__regex=_OURS).exists()
    others = Household.objects.exclude(household_no__regex=r"^(YH\d{6}|Z\d{12})$").exists()
    if strangers or others:
        raise ConflictError(message=_("数据库里有其他人员，不能载入示例"))
    reports = []
    if not is_loaded():
        with tempfile.TemporaryDirectory() as folder:
            county.write_county(Path(folder), households=households, seed=seed)
            for source in registers.open_sources([Path(folder)]):
                reports.append(registers.import_file(actor=None, source=source))
        registers.screen_after(reports)
    return reports


def is_loaded() -> bool:
    """Whether the last file of a sample has been imported."""
    return Event.objects.filter(
        stream="register", name="register.imported", data__kind=_LAST
    ).exists()


@transaction.atomic(durable=True)
def open_accounts() -> str:
    """Give the sample staff this installation's password, and return it.

    It is random, kept in LIANBAN_HOME/sample-password (mode 600), the same for all of them and
    hashed once: these accounts exist only in sample databases.
    """
    history.say_who(by="exchange.open_accounts")
    password = _password()
    ours = User.objects.filter(username__in=staff.usernames())
    ours.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX).update(
        password=make_password(password)
    )
    return password


def _password() -> str:
    path = crypto.home() / "sample-password"
    return places.secret(path, lambda: secrets.token_urlsafe(12))
