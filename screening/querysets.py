"""Narrowing findings, leads and corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from permissions.access import under

if TYPE_CHECKING:
    from permissions.models import User
    from screening.models import Correction, Finding, Lead  # noqa: F401


class FindingQuerySet(QuerySet["Finding"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's divisions."""
        return self.filter(under(user.access.reach("finding.see").prefixes))

    def holding(self) -> Self:
        """Whose cause is still there, whatever was said of them."""
        return self.exclude(status="closed")


class LeadQuerySet(QuerySet["Lead"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's divisions and those that one reported."""
        reach = user.access.reach("lead.see")
        seen = under(reach.prefixes)
        if reach.is_own:
            mine = self.model.objects.filter(sources__reported_by=user)
            seen |= Q(pk__in=mine.values("pk"))
        return self.filter(seen)

    def counted_for(self, user: User) -> Self:
        """Those that count in the figures that one sees."""
        counted = under(user.access.reach("lead.see_precision").prefixes)
        return self.filter(counted | Q(pk__in=self.model.objects.visible_to(user).values("pk")))

    def running(self) -> Self:
        """Those of which nobody has said yet what came of them."""
        return self.exclude(status="closed")


class CorrectionQuerySet(QuerySet["Correction"]):
    def visible_to(self, user: User) -> Self:
        """Those of one's organisations and divisions."""
        reach = user.access.reach("correction.see")
        return self.filter(under(reach.prefixes) | Q(org_unit_id__in=reach.org_unit_ids))
