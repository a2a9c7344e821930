"""Named exceptions: a case shared with a colleague or an organisation that has no part in it.

django-guardian's rows with direct foreign keys, read in SQL with everything else; a share ends by
itself. It shows the whole case and its papers, and lets nothing be done.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from cases.models import CaseGroupShare, CaseUserShare
from common import clock
from permissions.models import User

# the same of one case, as SQL; asks for what `shared_values` gives
SHARED = """(EXISTS (SELECT FROM cases_caseusershare s WHERE s.content_object_id = {case}
         AND s.user_id = %(user)s AND s.ends_on > %(today)s)
 OR EXISTS (SELECT FROM cases_casegroupshare s JOIN permissions_orgunit o ON o.group_id = s.group_id
            WHERE s.content_object_id = {case} AND o.id = ANY(%(units)s)
              AND s.ends_on > %(today)s))"""


def shared_values(user: User) -> dict[str, Any]:
    """What SHARED asks for."""
    units = sorted({grant.org_unit_id for grant in user.access.grants})
    return {"user": user.pk, "today": clock.today(), "units": units}


def shared_with(user: User) -> Q:
    """A condition on cases: those shared with a user, or an organisation of theirs, today."""
    today, units = clock.today(), {grant.org_unit_id for grant in user.access.grants}
    in_force = {"content_object": OuterRef("pk"), "ends_on__gt": today}
    found = Q(Exists(CaseUserShare.objects.filter(user=user, **in_force)))
    if units:
        rows = CaseGroupShare.objects.filter(group__org_unit__in=units, **in_force)
        found |= Q(Exists(rows))
    return found
