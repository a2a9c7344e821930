"""What the pages of the security administrator show, in a fixed number of queries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from common import clock
from permissions import lockout
from permissions.models import (
    Authenticator,
    Division,
    OrgUnit,
    Role,
    RoleAssignment,
    Session,
    User,
)


def current() -> Q:
    """Assignments in force today, or to come."""
    return Q(ends_on=None) | Q(ends_on__gt=clock.today())


def staff(*, organisation: str = "", words: str = "") -> QuerySet[User]:
    """Accounts by organisation (of the first role in force), then by name."""
    held = RoleAssignment.objects.filter(current(), user=OuterRef("pk")).order_by("pk")
    rows = User.objects.annotate(
        place=Subquery(held.values("org_unit__name")[:1]),
        place_id=Subquery(held.values("org_unit_id")[:1]),
        is_enrolled=Exists(Authenticator.objects.filter(user=OuterRef("pk"), confirmed=True)),
    )
    if organisation:
        rows = rows.filter(Exists(held.filter(org_unit__code=organisation)))
    if words:
        rows = rows.filter(Q(username__icontains=words) | Q(name__icontains=words))
    held_now = RoleAssignment.objects.filter(current()).order_by("pk").select_related("org_unit")
    return rows.order_by("place_id", "username").prefetch_related(
        Prefetch("assignments", held_now, to_attr="held")
    )


@dataclass
class Line:
    """One account of the list."""

    user: Any
    place: str
    roles: list[str]
    is_locked: bool


def lines(users: list[User]) -> list[Line]:
    """Rows of `staff` as they are shown."""
    closed = lockout.locked(user.username for user in users)
    return [
        Line(
            user=user,
            place=getattr(user, "place", "") or "",
            roles=[str(Role(a.role).label) for a in getattr(user, "held", [])],
            is_locked=user.username in closed,
        )
        for user in users
    ]


def account(user: User) -> dict[str, Any]:
    """One account: its roles, how it may sign in, what was done to it."""
    today = clock.today()
    rows = user.assignments.select_related("org_unit").order_by("-pk")
    names = dict(Division.objects.values_list("code", "name"))
    return {
        "account": user,
        "roles": [
            {
                "row": row,
                "place": names.get(row.division_code, ""),
                "is_over": row.ends_on is not None and row.ends_on <= today,
            }
            for row in rows
        ],
        "is_locked": bool(lockout.locked([user.username])),
        "is_enrolled": Authenticator.objects.filter(user=user, confirmed=True).exists(),
        "sessions": Session.objects.filter(user=user).count(),
        "acts": user.acts.select_related("actor").order_by("-pk")[:20],
        "organisations": OrgUnit.objects.order_by("pk"),
        "divisions": Division.objects.order_by("code"),
        "role_choices": Role.choices,
        "today": today,
    }
