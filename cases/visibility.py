"""What a user may do with one case: what is not seen is missing, what is seen may be denied."""

from typing import Any

from django.db.models import BooleanField, When
from django.db.models import Case as Choice

from cases import relatives
from cases.models import Case
from cases.querysets import within
from common.errors import DeniedError, MissingError
from permissions.declaration import actions_on
from permissions.models import User


def require_case(user: User, case_id: int, action: str) -> None:
    """Raise MissingError for a case that is not seen, DeniedError for one that is and is not
    open to the user, or in which a relative is concerned."""
    if Case.objects.open_to(user, action).filter(pk=case_id).exists():
        relatives.insist_unrelated(user, case_id)
        return
    raise DeniedError if Case.objects.visible_to(user).filter(pk=case_id).exists() else MissingError


def may_with(user: User, case: Case) -> dict[str, bool]:
    """What is open to a user with a case: `withdraw` of case.withdraw, and so on. One query."""
    names = actions_on("case")
    told: dict[str, Any] = {
        f"may_{name}": Choice(
            When(within(user, f"case.{name}"), then=True),
            default=False,
            output_field=BooleanField(),
        )
        for name in names
    }
    row = Case.objects.filter(pk=case.pk).annotate(**told).values(*told).get()
    return {name: row[f"may_{name}"] for name in names}
