"""Keeping the processes in step with the case: waking, ending."""

from cases import hooks, waits
from cases.guard import guarded
from cases.models import Case, Wait
from common import direct
from common.usecase import use_case
from workflows import steps as flow
from workflows.models import Instance


def wake_matters(*, case_id: int) -> int:
    """Wake what waits for facts that are there; each matter in its own transaction."""
    return sum(_wake(wait=row) for row in waits.ready(case_id))


@guarded
@use_case
def _wake(*, wait: Wait) -> bool:
    instance = flow.lock_instance(owner_type="matter", owner_id=wait.matter_id)
    owner = hooks.owner_of(instance)
    matter = owner.matter
    if owner.case.status != "open" or matter is None or not matter.is_open:
        return False
    found = waits.payload(matter, wait.message)
    if found is None or not direct.remove(Wait, id=wait.pk):
        return False
    flow.tell(instance, wait.message, found)
    return True


def finish_engines(*, case_id: int) -> None:
    """End the processes of what has ended: the intake by its message, the rest by cancelling."""
    case = Case.objects.get(pk=case_id)
    open_ids = set(case.matters.open().values_list("pk", flat=True))
    running = Instance.objects.filter(subject_id=case_id, status="running")
    for instance in list(running.only("pk", "owner_type", "owner_id")):
        if instance.owner_type == "intake":
            _end_intake(instance.pk, case.status)
        elif instance.owner_id not in open_ids:
            _close(instance_id=instance.pk)


def _end_intake(instance_id: int, status: str) -> None:
    if status == "closed":
        _finish_intake(instance_id=instance_id)
    elif status == "withdrawn":
        _close(instance_id=instance_id)


@guarded
@use_case
def _finish_intake(*, instance_id: int) -> bool:
    """The last matter's message reaches the intake, which ends by it."""
    with hooks.finishing():
        found = flow.deliver_message(instance_id=instance_id, message="matters.done", payload={})
    return found is not None


@use_case
def _close(*, instance_id: int) -> None:
    flow.close_engine(instance_id)
