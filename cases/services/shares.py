"""Sharing a case with somebody who has no part in it, for a reason and until a day."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

from cases.models import Case, CaseGroupShare, CaseUserShare
from cases.visibility import require_case
from common import clock
from common.errors import InputError, MissingError
from common.usecase import use_case
from permissions.models import OrgUnit, User

LONGEST = timedelta(days=366)
Share = CaseUserShare | CaseGroupShare


@use_case
def share_case(
    *,
    actor: User,
    case_id: int,
    username: str = "",
    organisation: str = "",
    until: date,
    reason: str,
) -> Share:
    """Show a case to a colleague or an organisation up to a day, which counts.

    One of username and organisation (its code). Again changes day and reason. Raises
    MissingError, DeniedError, InputError.
    """
    require_case(actor, case_id, "case.share")
    today = clock.today()
    if not today <= until <= today + LONGEST:
        raise InputError("invalid-data", _("请填今天起一年以内的日期"), field="until")
    reason = reason.strip()
    if not reason or len(reason) > 200:
        raise InputError("invalid-data", _("请写明理由（不超过 200 字）"), field="reason")
    told: dict[str, Any] = {
        "ends_on": until + timedelta(days=1),
        "reason": reason,
        "shared_by": actor,
        "shared_at": clock.now(),
    }
    key: dict[str, Any] = {
        "content_object": Case.objects.get(pk=case_id),
        "permission": _permission(),
    }
    if organisation:
        group = _group(organisation)
        row: Share = CaseGroupShare.objects.update_or_create(group=group, **key, defaults=told)[0]
        return row
    user = User.objects.filter(username=username.strip()[:60], is_active=True).first()
    if user is None or user.pk == actor.pk:
        raise InputError("invalid-data", _("没有这位同事"), field="username")
    found: Share = CaseUserShare.objects.update_or_create(user=user, **key, defaults=told)[0]
    return found


@use_case
def end_share(*, actor: User, case_id: int, kind: str, share_id: int) -> Share:
    """End a share now. kind: `user` or `group`. Raises MissingError, DeniedError."""
    require_case(actor, case_id, "case.share")
    models: dict[str, type[Share]] = {"user": CaseUserShare, "group": CaseGroupShare}
    rows = models[kind].objects if kind in models else None
    row: Share | None = rows.filter(pk=share_id, content_object=case_id).first() if rows else None
    if row is None:
        raise MissingError
    row.ends_on = min(row.ends_on, clock.today())
    row.save(update_fields=["ends_on"])
    return row


def _permission() -> Permission:
    return Permission.objects.get(content_type__app_label="cases", codename="view_case")


def _group(code: str) -> Group:
    """The organisation's group, which is made when it is first shared with."""
    unit = OrgUnit.objects.filter(code=code).first()
    if unit is None:
        raise InputError("invalid-data", _("没有这个单位"), field="organisation")
    if unit.group is None:
        unit.group, _new = Group.objects.get_or_create(name=f"org:{unit.code}")
        unit.save(update_fields=["group"])
    return unit.group
