"""What falls due: timers of processes, times to supply papers."""

from django.utils.translation import gettext as _

from cases import steps
from cases.models import Supplement
from common import clock
from common.usecase import use_case
from workflows import timers


def run_due() -> int:
    """Fire all that is due by the business clock; returns how many fired.

    Firing may make more fall due, so it goes on until nothing is left.
    """
    total = 0
    while True:
        fired = timers.fire_due() + _deem_withdrawn()
        total += fired
        if not fired:
            return total


def _deem_withdrawn() -> int:
    late = Supplement.objects.filter(settled_at=None, due_at__lte=clock.now())
    return sum(_withdraw_late(supplement_id=pk) for pk in list(late.values_list("pk", flat=True)))


@use_case
def _withdraw_late(*, supplement_id: int) -> bool:
    case_id = Supplement.objects.values_list("case_id", flat=True).get(pk=supplement_id)
    case = steps.lock_case(case_id)
    row = Supplement.objects.get(pk=supplement_id)
    if row.settled_at is not None or row.due_at > clock.now():
        return False
    row.settled_at, row.result = clock.now(), "late"
    row.save(update_fields=["settled_at", "result"])
    for matter in steps.open_matters(case, supplements=row):
        reason = _("逾期未补正，视为撤回")
        steps.cancel_matter(matter, outcome="deemed_withdrawn", actor=None, reason=reason)
    return True
