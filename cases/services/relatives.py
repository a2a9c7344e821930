"""近亲属备案: declaring that an applicant is a near relative of staff."""

from django.utils.translation import gettext as _

from cases import hooks, relatives, steps
from cases.models import Case, Relative
from cases.visibility import require_case
from common import clock
from common.errors import ConflictError, InputError
from common.usecase import use_case
from permissions.models import User
from workflows.models import WorkItem

LONGEST = 60


@use_case
def declare_relative(*, actor: User, case_id: int, username: str, relation: str) -> Relative:
    """Bar a member of staff from a case; what they have claimed in it is anybody's again.

    Somebody of the case's township: the county visits itself. Again changes nothing. Raises
    MissingError, DeniedError, InputError, ConflictError case-closed.
    """
    require_case(actor, case_id, "case.declare_relative")
    case = steps.lock_case(case_id)
    if case.status != "open":
        raise ConflictError("case-closed", case_number=case.number)
    relation = relation.strip()
    if not relation or len(relation) > LONGEST or not relation.isprintable():
        raise InputError("invalid-data", _("请写明是什么关系"), field="relation")
    user = User.objects.filter(username=username.strip()[:60], is_active=True).first()
    if user is None:
        raise InputError("invalid-data", _("没有这位工作人员"), field="username")
    told = {"relation": relation, "declared_by": actor, "declared_at": clock.now()}
    row, is_new = Relative.objects.get_or_create(case=case, user=user, defaults=told)
    if is_new:
        relatives.put_back(user, case)
        _send_county(case)
    return row


def _send_county(case: Case) -> None:
    """A home visit that is still to be made goes to the county."""
    rule = case.intake.settings.get("related_visit")
    if rule is None or not relatives.county_visits(case):
        return
    visits = WorkItem.objects.filter(
        owner_type="intake", owner_id=case.pk, step=rule["step"], status__in=relatives.OPEN
    )
    visits.update(
        org_unit=hooks.org_unit_id(rule["organisation"]),
        role=rule["role"],
        status="ready",
        assignee=None,
        claimed_at=None,
        delegated_by=None,
    )
