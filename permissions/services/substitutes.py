"""代理: a colleague stands in for somebody who is away, from a day to a day."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from common import clock
from common.errors import ConflictError, InputError, MissingError
from common.usecase import use_case
from permissions.models import RoleAssignment, Substitution, User

LONGEST = timedelta(days=366)


@use_case
def name_substitute(
    *, actor: User, username: str, starts_on: date, until: date, reason: str
) -> Substitution:
    """Let a colleague of one's organisation do one's work up to a day, which counts.

    One thing one has at a time. What is kept apart stays so: the colleague acts under the own
    name. Raises InputError, ConflictError.
    """
    user = User.objects.filter(username=username.strip()[:60], is_active=True).first()
    if user is None or user.pk == actor.pk or not _are_colleagues(actor, user):
        raise InputError("invalid-data", _("请选择本单位的一位同事"), field="username")
    today = clock.today()
    if starts_on < today or until < starts_on or until > starts_on + LONGEST:
        raise InputError("invalid-data", _("请填今天起、一年以内的起止日期"), field="until")
    if len(reason.strip()) > 200:
        raise InputError("invalid-data", _("请写得短一些（不超过 200 字）"), field="reason")
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    ends_on = until + timedelta(days=1)
    others = Substitution.objects.filter(absent=actor, ends_on__gt=starts_on, starts_on__lt=ends_on)
    if others.exists():
        raise ConflictError(message=_("这段时间已经有人代理"))
    return Substitution.objects.create(
        absent=actor,
        substitute=user,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        named_at=clock.now(),
    )


@use_case
def end_substitution(*, actor: User, substitution_id: int) -> Substitution:
    """Come back: nobody stands in from now on. Raises MissingError for another's."""
    rows = Substitution.objects.select_for_update().filter(absent=actor, pk=substitution_id)
    row: Substitution | None = rows.first()
    if row is None:
        raise MissingError
    row.ends_on = min(row.ends_on, clock.today())
    row.starts_on = min(row.starts_on, row.ends_on)
    row.save(update_fields=["starts_on", "ends_on"])
    return row


def _are_colleagues(one: User, other: User) -> bool:
    mine = {grant.org_unit_id for grant in one.access.grants}
    theirs = RoleAssignment.objects.in_force().filter(user=other, org_unit__in=mine)
    return theirs.exists()
