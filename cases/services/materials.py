"""Papers of a case: once for all its matters."""

from typing import BinaryIO

from django.utils.translation import gettext as _

from cases import catalogue, clocks, steps, store
from cases.models import Case, Material, Supplement
from cases.visibility import require_case
from common import clock, outbox
from common.errors import ConflictError, InputError
from common.usecase import use_case
from permissions.models import User


def add_material(*, actor: User, case_id: int, kind: str, name: str, content: BinaryIO) -> Material:
    """Keep a paper for every matter that asks for its kind.

    content: at most 20 MB of PDF, JPEG, PNG or WebP, judged by what it is, not what it is
    called, and by the scanner where there is one. Raises InputError, WrongTypeError 415,
    TooLargeError 413, HarmfulFileError, ScannerUnavailableError, ConflictError case-closed.
    The same content for the same kind again changes nothing. Publishes material.added.
    """
    if kind not in catalogue.kinds():
        raise InputError("invalid-data", _("没有这种材料"), field="kind")
    require_case(actor, case_id, "case.add_material")
    # written before the transaction: content without a row is harmless, the reverse is not
    kept = store.keep(content)
    return _add(actor=actor, case_id=case_id, kind=kind, name=name[-200:], kept=kept)


@use_case
def _add(*, actor: User, case_id: int, kind: str, name: str, kept: store.Kept) -> Material:
    case = steps.lock_case(case_id)
    if case.status != "open":
        raise ConflictError("case-closed", case_number=case.number)
    material, created = Material.objects.get_or_create(
        case=case,
        kind=kind,
        sha256=kept.sha256,
        defaults={
            "name": name,
            "content_type": kept.content_type,
            "size": kept.size,
            "added_at": clock.now(),
            "added_by": actor,
        },
    )
    if created:
        outbox.publish("material.added", stream=case.stream, actor=actor, kind=kind)
        _settle_supplements(case, actor)
    return material


def _settle_supplements(case: Case, actor: User) -> None:
    held = set(case.materials.values_list("kind", flat=True))
    for row in Supplement.objects.filter(case=case, settled_at=None):
        asked_since = set(
            case.materials.filter(added_at__gte=row.asked_at).values_list("kind", flat=True)
        )
        if not set(row.kinds) <= (asked_since & held):
            continue
        row.settled_at, row.result = clock.now(), "received"
        row.save(update_fields=["settled_at", "result"])
        for matter in steps.open_matters(case, supplements=row):
            clocks.resume(matter, ground=_("补正材料"))
        outbox.publish("supplement.received", stream=case.stream, actor=actor, kinds=row.kinds)
