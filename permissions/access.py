"""What a user may do, as one small value read from the role assignments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.errors import DeniedError, InputError
from permissions.declaration import reaches_of, roles_of

if TYPE_CHECKING:
    from permissions.models import RoleAssignment, User

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "auditor"})
# [organisation, its code, role, its division, the organisation's] of each role in force of user u,
# and of those whom they stand in for (administrators have no substitutes), as JSON; asks for today
HELD = """(SELECT coalesce(json_agg(json_build_array(a.org_unit_id, o.code, a.role, a.division_code,
                                            o.division_code) ORDER BY a.id), '[]')
 FROM permissions_roleassignment a JOIN permissions_orgunit o ON o.id = a.org_unit_id
 WHERE (a.user_id = u.id OR (a.role NOT IN ('system_admin', 'security_admin', 'auditor', 'curator')
        AND a.user_id IN (
            SELECT s.absent_id FROM permissions_substitution s
            JOIN permissions_user p ON p.id = s.absent_id AND p.is_active
            WHERE s.substitute_id = u.id
              AND s.starts_on <= %(today)s AND s.ends_on > %(today)s)))
   AND (a.starts_on IS NULL OR a.starts_on <= %(today)s)
   AND (a.ends_on IS NULL OR a.ends_on > %(today)s))"""
HELD_BY = " ".join(["SELECT", HELD, "FROM permissions_user u WHERE u.id = %(user)s"])
COUNTY_DIGITS = 6
# the prefix of no division: a role without one, in an organisation without one
NOWHERE = "-"
NOBODY = Q(pk__in=[])


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
    """One role in force: in which organisation, over which divisions."""

    org_unit_id: int
    org_code: str
    role: str
    prefix: str
    # whether the role is over a part only of where its organisation works, such as a village
    is_narrow: bool = False


@dataclass(frozen=True)
class Reach:
    """How far a user gets with one action, all roles together."""

    prefixes: tuple[str, ...] = ()
    org_unit_ids: tuple[int, ...] = ()
    posts: tuple[Grant, ...] = ()
    is_own: bool = False
    is_by_cases: bool = False

    def covers(self, division_code: str) -> bool:
        """Whether a division is within."""
        return division_code.startswith(self.prefixes)

    def has_post(self, role: str, org_unit_id: int, division: Callable[[], str]) -> bool:
        """Whether something for that role in that organisation is within. division: asked for
        where the role is over a part of the organisation's only."""
        return any(
            g.role == role
            and g.org_unit_id == org_unit_id
            and (not g.is_narrow or division().startswith(g.prefix))
            for g in self.posts
        )


@dataclass(frozen=True)
class Access:
    """A user's roles in force today, and what the declaration makes of them."""

    grants: tuple[Grant, ...]
    _reaches: dict[str, Reach] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, user: User) -> Access:
        with connection.cursor() as cursor:
            cursor.execute(HELD_BY, {"user": user.pk, "today": clock.today()})
            row = cursor.fetchone()
        return cls.read(row[0] if row else [])

    @classmethod
    def read(cls, held: list[tuple[int, str, str, str, str]]) -> Access:
        """From what HELD found."""
        return cls(tuple(_grant(*row) for row in held))

    def has(self, *roles: str) -> bool:
        """Whether one of the roles is held anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def may(self, *actions: str) -> bool:
        """Whether one of the actions is open to the user somewhere."""
        return any(g.role in roles_of(action) for action in actions for g in self.grants)

    def require(self, action: str) -> None:
        """Raise DeniedError where the action is open to none of the user's roles."""
        if not self.may(action):
            raise DeniedError

    def reach(self, action: str) -> Reach:
        """How far the user gets with an action."""
        found = self._reaches.get(action)
        if found is None:
            found = self._reaches[action] = _reach(self.grants, action)
        return found


def grant_of(row: RoleAssignment) -> Grant:
    """A role assignment's; its organisation is loaded."""
    unit = row.org_unit
    return _grant(unit.pk, unit.code, row.role, row.division_code, unit.division_code)


def _grant(unit: int, code: str, role: str, division: str, unit_division: str) -> Grant:
    prefix = division_prefix(division or unit_division) or NOWHERE
    whole = max(len(division_prefix(unit_division)), COUNTY_DIGITS)
    return Grant(unit, code, role, prefix, is_narrow=len(prefix) > whole)


def _reach(grants: tuple[Grant, ...], action: str) -> Reach:
    held = [(grant, reaches_of(action, grant.role)) for grant in grants]

    def those(reach: str) -> list[Grant]:
        return [grant for grant, reaches in held if reach in reaches]

    return Reach(
        prefixes=tuple(sorted({grant.prefix for grant in those("division")})),
        org_unit_ids=tuple(sorted({grant.org_unit_id for grant in those("organisation")})),
        posts=tuple(those("post")),
        is_own=bool(those("own")),
        is_by_cases=bool(those("cases")),
    )


def under(prefixes: Iterable[str], field: str = "division_code") -> Q:
    """Rows whose division lies under one of the prefixes; nothing for an empty list."""
    found = NOBODY
    for prefix in prefixes:
        if not prefix:
            return Q()
        # a range, not LIKE: served by a plain index whatever the collation
        found |= Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "~"})
    return found
