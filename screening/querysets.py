"""Narrowing findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

from permissions.access import under

if TYPE_CHECKING:
    from permissions.models import User
    from screening.models import Finding  # noqa: F401


class FindingQuerySet(QuerySet["Finding"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's divisions; all for the county's supervision."""
        return self.filter(under(user.access.prefixes))

    def holding(self) -> Self:
        """Whose cause is still there, whatever was said of them."""
        return self.exclude(status="closed")
