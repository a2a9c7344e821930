"""What people type into forms and addresses, read as what it means."""

from datetime import date

from django.utils.translation import gettext as _

from common.errors import InputError


def day(text: str, *, field: str) -> date | None:
    """A date as ISO 8601 has it; None for nothing. Raises InputError for the field."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("invalid-data", _("日期有误"), field=field) from error
