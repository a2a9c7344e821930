"""Narrowing findings, leads and corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from permissions.access import under

if TYPE_CHECKING:
    from permissions.models import User
    from screening.models import Correction, Finding, Lead  # noqa: F401

# who goes to people's homes, besides the township's own officers
ON_THE_GROUND = "helper"


def reached(user: User) -> list[str]:
    """Divisions whose leads a user sees: those of one's cases, and a helper's own village."""
    access = user.access
    helped = {grant.prefix for grant in access.grants if grant.role == ON_THE_GROUND}
    return sorted({*access.prefixes, *helped})


class FindingQuerySet(QuerySet["Finding"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's divisions; all for the county's supervision."""
        return self.filter(under(user.access.prefixes))

    def holding(self) -> Self:
        """Whose cause is still there, whatever was said of them."""
        return self.exclude(status="closed")


class LeadQuerySet(QuerySet["Lead"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's divisions and those that one reported; all for the supervision."""
        if user.access.is_county_wide:
            return self
        seen = under(reached(user)) | Q(sources__reported_by=user)
        return self.filter(pk__in=self.model.objects.filter(seen).values("pk"))

    def running(self) -> Self:
        """Those of which nobody has said yet what came of them."""
        return self.exclude(status="closed")


class CorrectionQuerySet(QuerySet["Correction"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's organisations and divisions; all for the county's supervision."""
        access = user.access
        if access.is_county_wide:
            return self
        return self.filter(under(access.prefixes) | Q(org_unit_id__in=access.org_unit_ids))
