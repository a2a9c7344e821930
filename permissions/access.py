"""What a user may do, as one small value read from the role assignments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.errors import DeniedError, InputError

if TYPE_CHECKING:
    from permissions.models import User

COUNTY_WIDE = frozenset({"supervisor", "curator", "auditor"})
AT_THE_WINDOW = frozenset({"window_clerk", "township_officer", "township_approver"})
# read for every request
ASSIGNED = """
SELECT a.org_unit_id, o.code, a.role, a.division_code
FROM permissions_roleassignment a JOIN permissions_orgunit o ON o.id = a.org_unit_id
WHERE a.user_id = %s AND (a.starts_on IS NULL OR a.starts_on <= %s)
  AND (a.ends_on IS NULL OR a.ends_on > %s)
ORDER BY a.id
"""
WORKERS = frozenset(
    {"township_officer", "township_approver", "helper", "dept_handler", "dept_approver"}
)


def division_prefix(code: str) -> str:
    """The significant digits of a 12-digit code: what all codes below it begin with."""
    for size in (2, 4, 6, 9):
        if not code[size:].strip("0"):
            return code[:size]
    return code


def asked_prefix(text: str, *, field: str = "division") -> str:
    """The significant digits of a division's code that somebody typed. Raises InputError."""
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise InputError("invalid-data", _("区划代码有误"), field=field)
    return division_prefix(text)


@dataclass(frozen=True)
class Grant:
    """One role in force: in which organisation, over which divisions ("" is everywhere)."""

    org_unit_id: int
    org_code: str
    role: str
    prefix: str


@dataclass(frozen=True)
class Access:
    """A user's roles in force today."""

    grants: tuple[Grant, ...]

    @classmethod
    def of(cls, user: User) -> Access:
        today = clock.today()
        with connection.cursor() as cursor:
            cursor.execute(ASSIGNED, [user.pk, today, today])
            rows = cursor.fetchall()
        return cls(
            tuple(
                Grant(unit, code, role, division_prefix(division))
                for unit, code, role, division in rows
            )
        )

    def has(self, *roles: str) -> bool:
        """Whether one of the roles is held anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def holds(self, role: str, org_unit_id: int) -> bool:
        """Whether the role is held in that organisation."""
        return any(g.role == role and g.org_unit_id == org_unit_id for g in self.grants)

    def require(self, *roles: str) -> None:
        """Raise DeniedError unless one of the roles is held."""
        if not self.has(*roles):
            raise DeniedError

    @property
    def pairs(self) -> list[tuple[int, str]]:
        """(organisation, role) of those who do work items."""
        return [(g.org_unit_id, g.role) for g in self.grants if g.role in WORKERS]

    @property
    def org_unit_ids(self) -> list[int]:
        """Organisations in which the user works on cases, at the window included."""
        return sorted({g.org_unit_id for g in self.grants if g.role in WORKERS | AT_THE_WINDOW})

    @property
    def is_county_wide(self) -> bool:
        """Whether the user looks after the whole county."""
        return self.has(*COUNTY_WIDE)

    @property
    def prefixes(self) -> list[str]:
        """Divisions whose cases the user sees for their own sake; "" sees all."""
        wide = ["" for g in self.grants if g.role in COUNTY_WIDE]
        return wide or sorted({g.prefix for g in self.grants if g.role in AT_THE_WINDOW})


def under(prefixes: list[str], field: str = "division_code") -> Q:
    """Rows whose division lies under one of the prefixes; nothing for an empty list."""
    if not prefixes:
        return Q(pk__in=[])
    found = Q()
    for prefix in prefixes:
        if not prefix:
            return Q()
        # a range, not LIKE: served by a plain index whatever the collation
        found |= Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "~"})
    return found
