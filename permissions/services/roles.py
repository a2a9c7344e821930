"""Use cases of the security administrator: who holds which role, where, from when to when."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.errors import ConflictError, InputError, MissingError
from common.usecase import use_case
from permissions import steps
from permissions.models import AccountAct, Division, OrgUnit, Role, RoleAssignment, User
from permissions.services.accounts import ADMINISTRATOR, insist_on_another


@use_case
def grant_role(  # noqa: PLR0913 - what a role is made of
    *,
    actor: User,
    user_id: int,
    organisation: str,
    role: str,
    division: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> RoleAssignment:
    """Give a role in an organisation over a division, from a day (today) on, to a day or for good.

    organisation: its code. division: 12 digits, where empty the organisation's own, or the one
    county. ends_on does not count. Raises DeniedError, InputError, MissingError, ConflictError.
    Keeps role.granted.
    """
    user = _subject(actor, user_id)
    unit = OrgUnit.objects.filter(code=organisation).first()
    if unit is None:
        raise InputError("invalid-data", _("请选择单位"), field="organisation")
    if role not in Role.values:
        raise InputError("invalid-data", _("请选择岗位"), field="role")
    days = _days(starts_on, ends_on)
    row = _granted(user, unit, role, _division(unit, division), days)
    told = _data(row) | {"starts_on": str(row.starts_on)}
    steps.record(AccountAct.Name.ROLE_GRANTED, user, actor=actor, **told)
    return row


@use_case
def end_role(*, actor: User, assignment_id: int, ends_on: date | None = None) -> RoleAssignment:
    """End a role, today or on a later day. Raises DeniedError, InputError, MissingError.

    Keeps role.ended.
    """
    found = RoleAssignment.objects.filter(pk=assignment_id).first()
    if found is None:
        raise MissingError
    user = _subject(actor, found.user_id)
    row = RoleAssignment.objects.select_related("org_unit").get(pk=assignment_id)
    today = clock.today()
    if row.ends_on is not None and row.ends_on <= today:
        raise ConflictError(message=_("这个岗位已经终止"))
    day = ends_on or today
    if day < today:
        raise InputError("invalid-data", _("止日不能在今天以前"), field="ends_on")
    if row.ends_on is not None and day > row.ends_on:  # more would be another grant
        raise InputError("invalid-data", _("止日只能提前，不能推后"), field="ends_on")
    row.ends_on = day
    row.save(update_fields=["ends_on"])
    steps.record(AccountAct.Name.ROLE_ENDED, user, actor=actor, **_data(row))
    return row


def _subject(actor: User, user_id: int) -> User:
    actor.access.require(ADMINISTRATOR)
    user = steps.locked_user(user_id)
    if user is None:
        raise MissingError
    insist_on_another(actor, user)
    return user


def _days(starts_on: date | None, ends_on: date | None) -> tuple[date, date | None]:
    today = clock.today()
    first = starts_on or today
    if first < today:  # nothing is to look as if it had been allowed
        raise InputError("invalid-data", _("起日不能在今天以前"), field="starts_on")
    if ends_on is not None and ends_on <= first:
        raise InputError("invalid-data", _("止日须在起日之后"), field="ends_on")
    return first, ends_on


def _division(unit: OrgUnit, code: str) -> str:
    if code:
        if not Division.objects.filter(code=code).exists():
            raise InputError("invalid-data", _("没有这个区划"), field="division")
        return code
    if unit.division_code:
        return unit.division_code
    counties = Division.objects.filter(level=Division.Level.COUNTY).values_list("code", flat=True)
    if len(counties) != 1:  # an empty code would be everywhere
        raise InputError("invalid-data", _("请选择管的地方"), field="division")
    return str(counties[0])


def _granted(
    user: User, unit: OrgUnit, role: str, code: str, days: tuple[date, date | None]
) -> RoleAssignment:
    key: dict[str, Any] = {"user": user, "org_unit": unit, "role": role, "division_code": code}
    values = {"starts_on": days[0], "ends_on": days[1]}
    open_end = Q(ends_on=None) | Q(ends_on__gt=clock.today())
    if RoleAssignment.objects.filter(open_end, **key).exists():
        raise ConflictError(message=_("这个岗位已经授予"))
    try:
        with transaction.atomic():  # the table itself keeps administrators apart
            return RoleAssignment.objects.update_or_create(**key, defaults=values)[0]
    except IntegrityError as error:
        text = _("系统管理员、安全管理员、审计员须由不同的人担任；安全管理员不能兼任其他岗位")
        raise ConflictError("invalid-data", text, field="role") from error


def _data(row: RoleAssignment) -> dict[str, str | None]:
    return {
        "role": row.role,
        "organisation": row.org_unit.code,
        "division": row.division_code,
        "ends_on": str(row.ends_on) if row.ends_on else None,
    }
