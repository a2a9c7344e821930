"""Who sees a case, and why: the declaration read backwards, for one case.

It says the same as `Case.objects.visible_to`, which a test insists on for everybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import Case, CaseGroupShare, CaseUserShare, Relative
from common import clock
from permissions.access import Grant, grant_of
from permissions.declaration import reaches_of, roles_of
from permissions.models import Role, RoleAssignment, Substitution, User
from workflows.models import WorkItem

ACTION = "case.see"
Work = set[tuple[int, str]]


@dataclass(frozen=True)
class Viewer:
    """One person and one ground. why: in words; is_barred: a relative, who sees and may not act."""

    user_id: int
    name: str
    organisation: str
    role: str
    why: str
    is_barred: bool = False


def viewers(case: Case) -> list[Viewer]:
    """Everybody who sees a case today, once for each ground, by organisation and name."""
    work: Work = set(
        WorkItem.objects.filter(subject_id=case.pk).values_list("org_unit_id", "role").distinct()
    )
    barred = set(Relative.objects.filter(case=case).values_list("user_id", flat=True))
    found = {*_by_role(case, work, barred), *_by_share(case, barred)}
    return sorted(found, key=lambda row: (row.organisation, row.name, row.why))


def _by_role(case: Case, work: Work, barred: set[int]) -> Iterator[Viewer]:
    rows = RoleAssignment.objects.in_force().filter(role__in=roles_of(ACTION))
    rows = rows.select_related("user", "org_unit")
    by_user: dict[int, list[RoleAssignment]] = {}
    for row in rows:
        by_user.setdefault(row.user_id, []).append(row)
    for user, row, note in _holders(by_user):
        for why in _grounds(case, work, grant_of(row), user.pk):
            name, role = row.org_unit.name, str(Role(row.role).label)
            yield Viewer(user.pk, user.name, name, role, why + note, user.pk in barred)


def _holders(
    by_user: dict[int, list[RoleAssignment]],
) -> Iterator[tuple[User, RoleAssignment, str]]:
    """Each role with who holds it, and with who stands in for them."""
    for rows in by_user.values():
        for row in rows:
            if row.user.is_active:
                yield row.user, row, ""
    for sub in Substitution.objects.in_force().select_related("absent", "substitute"):
        for row in by_user.get(sub.absent_id, []):
            if sub.absent.is_active and sub.substitute.is_active:
                yield sub.substitute, row, _("（代理 %s）") % sub.absent.name


def _grounds(case: Case, work: Work, grant: Grant, user_id: int) -> Iterator[str]:
    reaches = reaches_of(ACTION, grant.role)
    if "division" in reaches and case.division_code.startswith(grant.prefix):
        yield _("辖区内的申请")
    if "organisation" in reaches and any(unit == grant.org_unit_id for unit, _role in work):
        yield _("本单位有任务")
    here = not grant.is_narrow or case.division_code.startswith(grant.prefix)
    if "post" in reaches and here and (grant.org_unit_id, grant.role) in work:
        yield _("本岗位有任务")
    if "own" in reaches and case.opened_by_id == user_id:
        yield _("由本人受理")


def _by_share(case: Case, barred: set[int]) -> Iterator[Viewer]:
    today = clock.today()
    shares = CaseUserShare.objects.filter(content_object=case, ends_on__gt=today)
    for share in shares.select_related("user", "shared_by"):
        if share.user.is_active:
            why = _why(share)
            yield Viewer(share.user_id, share.user.name, "", "", why, share.user_id in barred)
    groups = CaseGroupShare.objects.filter(content_object=case, ends_on__gt=today)
    for group in groups.select_related("group__org_unit", "shared_by"):
        unit = group.group.org_unit
        here = RoleAssignment.objects.in_force().filter(Q(org_unit=unit), user__is_active=True)
        for row in here.select_related("user"):
            label = str(Role(row.role).label)
            why = _why(group)
            yield Viewer(row.user_id, row.user.name, unit.name, label, why, row.user_id in barred)


def _why(share: CaseUserShare | CaseGroupShare) -> str:
    last = share.ends_on - timedelta(days=1)
    values = {"by": share.shared_by.name, "until": last, "reason": share.reason}
    return _("%(by)s 授权查看，至 %(until)s：%(reason)s") % values


@dataclass(frozen=True)
class Shown:
    """A share in force, for whom it is and until when."""

    kind: str
    pk: int
    name: str
    reason: str


def shares(case: Case) -> list[Shown]:
    """Those in force."""
    rows = {"content_object": case, "ends_on__gt": clock.today()}
    users = CaseUserShare.objects.filter(**rows).select_related("user", "shared_by")
    groups = CaseGroupShare.objects.filter(**rows).select_related("group__org_unit", "shared_by")
    return [
        *(Shown("user", row.pk, row.user.name, _why(row)) for row in users),
        *(Shown("group", row.pk, row.group.org_unit.name, _why(row)) for row in groups),
    ]
