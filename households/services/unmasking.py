"""Laying masked fields open: one person's, for a purpose, on record."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import FieldError, InputError
from households import masking
from households.models import Person
from households.visibility import require_person
from permissions.access_log import record
from permissions.models import User

ACTION = "person.unmask"
SHORTEST, LONGEST = 4, 200


@transaction.atomic(durable=True)
def unmask(
    *, actor: User, person_no: str, fields: Sequence[str], purpose: str
) -> tuple[Person, dict[str, Any]]:
    """The person, and the values of some masked fields; unknown is None.

    No use case with a request key: an answer that is kept would keep the numbers. Raises
    MissingError, DeniedError, InputError. Writes an access record with fields and purpose.
    """
    person = require_person(actor, person_no, ACTION)
    purpose = purpose.strip()
    if not SHORTEST <= len(purpose) <= LONGEST:
        raise InputError("invalid-data", _("请写明用途（4 至 200 字）"), field="purpose")
    unknown = [n for n, name in enumerate(fields) if name not in masking.FIELDS]
    if unknown or not fields or len(fields) > len(masking.FIELDS):
        errors = [FieldError(f"fields.{n}", "invalid-data", _("没有这一项")) for n in unknown]
        raise InputError("invalid-data", _("请选择要查看的内容"), errors=errors or None)
    record(kind="unmask", person_ids=[person.pk], fields=fields, purpose=purpose, user=actor)
    return person, {name: masking.opened(person, name) for name in fields}
