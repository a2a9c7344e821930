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
ADMINISTRATORS = frozenset({"system_admin", "security_admin", "auditor"})
# [organisation, its code, role, division] of each role in force of user u, as JSON; asks for today
HELD = """(SELECT coalesce(json_agg(json_build_array(a.org_unit_id, o.code, a.role, a.division_code)
                          ORDER BY a.id), '[]')
 FROM permissions_roleassignment a JOIN permissions_orgunit o ON o.id = a.org_unit_id
 WHERE a.user_id = u.id AND (a.starts_on IS NULL OR a.starts_on <= %(today)s)
   AND (a.ends_on IS NULL OR a.ends_on > %(today)s))"""
HELD_BY = " ".join(["SELECT", HELD, "FROM permissions_user u WHERE u.id = %(user)s"])
WORKERS = frozenset(
    {"township_officer", "township_approver", "helper", "dept_handler", "dept_approver"}
)


def division_prefix(code: str) -> str:
    """The significant digits of a 12-digit code: what all codes below it begin with."""
    for size in (2, 4, 6, 9):
        if not code[size:].strip("0"):
            return code[:size]
    return code


def may_go_together(roles: set[str]) -> bool:
    """Whether one person may hold all of some roles; a trigger of the table insists on it."""
    if "security_admin" in roles:
        return len(roles) == 1
    return len(roles & ADMINISTRATORS) <= 1


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
        with connection.cursor() as cursor:
            cursor.execute(HELD_BY, {"user": user.pk, "today": clock.today()})
            row = cursor.fetchone()
        return cls.read(row[0] if row else [])

    @classmethod
    def read(cls, held: list[tuple[int, str, str, str]]) -> Access:
        """From what HELD found."""
        return cls(tuple(Grant(u, code, role, division_prefix(d)) for u, code, role, d in held))

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
