"""Narrowing published policy packages and their receipts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet

if TYPE_CHECKING:
    from screening.models import Policy, PolicyReading  # noqa: F401


class PolicyQuerySet(QuerySet["Policy"]):
    def latest_of_each(self) -> Self:
        """The newest version of each matter, begun or not: what staff are to read."""
        return self.order_by("code", "-version").distinct("code")

    def in_force(self, *, on: date) -> Self:
        """Of each matter the newest version that has begun: what the public sees."""
        return self.filter(starts_on__lte=on).latest_of_each()


class PolicyReadingQuerySet(QuerySet["PolicyReading"]):
    def latest_of_each(self) -> Self:
        """Of each reader and matter the newest version read, with the version."""
        rows = self.select_related("policy").order_by("user_id", "policy__code", "-policy__version")
        return rows.distinct("user_id", "policy__code")
