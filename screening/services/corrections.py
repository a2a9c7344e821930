"""Corrections: a department decides whether aid is stopped. Never by itself."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from cases import catalogue, outcomes
from common import calendar, clock, outbox
from common.calendar import Limit
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.usecase import use_case
from households import kin
from households import steps as households
from households.models import Benefit, Payment
from permissions.models import User
from screening import aid
from screening.models import Correction, Finding

DECISIONS = ("stop", "keep")


def propose(finding: Finding, *, actor: User) -> Correction:
    """Ask the department that leads the finding's matter; inside another's transaction.

    One that is asked already, before a change of mind, goes on being asked.
    """
    asked: Correction | None = Correction.objects.filter(finding=finding, status="open").first()
    if asked is not None:
        return asked
    now = clock.now()
    limit = Limit.parse(str(catalogue.parameter("correction_limit", clock.today(), "10wd")))
    package = catalogue.newest()[finding.matter]
    return Correction.objects.create(
        finding=finding,
        org_unit=outcomes.org_unit_of(package.settings["lead"]),
        division_code=finding.division_code,
        opened_at=now,
        opened_by=actor,
        due_at=calendar.due(limit, now)[0],
    )


def candidates(finding: Finding) -> list[Benefit]:
    """Benefits that a finding is about and that still run: the person's and the household's."""
    rows = aid.of_findings([finding], clock.today())[finding.pk]
    return [row for row in rows if aid.is_concerned(finding, row) and row.form != "once"]


def hindrance(actor: User, row: Correction) -> str:
    """Why somebody may not decide on a stop, as the code of an error; "" where they may."""
    if row.org_unit_id not in actor.access.reach("correction.decide").org_unit_ids:
        return "not-allowed"
    if row.opened_by_id == actor.pk:
        return "same-officer"
    about = row.finding
    is_kin = kin.is_kin(actor, household_id=about.household_id, person_ids=[about.person_id])
    return "related-person" if is_kin else ""


@use_case
def decide(  # noqa: PLR0913 - what a decision says
    *,
    actor: User,
    correction_id: int,
    decision: str,
    reason: str,
    benefit_id: int | None = None,
    ends_on: date | None = None,
    recover: str = "",
) -> Correction:
    """停发或者继续发放, by an approver of the department who did not propose it.

    stop: benefit_id (one of `candidates`; may be left out where there is one), ends_on (the first
    day without it; today unless given), recover (yuan that were paid and are to come back).
    Raises MissingError, DeniedError (not-allowed, same-officer), InputError, ConflictError
    already-done. Publishes benefit.ended.
    """
    row = _lock(actor, correction_id)
    if decision not in DECISIONS:
        raise InputError("invalid-data", _("请从选项中选择"), field="decision")
    row.reason = (reason or "").strip()
    if not row.reason or len(row.reason) > 1000:
        raise InputError("invalid-data", _("请填写理由（不超过 1000 字）"), field="reason")
    if decision == "stop":
        row.benefit = _chosen(row.finding, benefit_id)
        row.ends_on = _last_day(row.benefit, ends_on)
        row.recover_yuan = _recoverable(row.benefit, row.ends_on, recover)
        _stop(row, actor)
    row.status = "stopped" if decision == "stop" else "kept"
    row.decided_at, row.decided_by = clock.now(), actor
    row.save()
    return row


def _lock(actor: User, correction_id: int) -> Correction:
    rows = Correction.objects.visible_to(actor).select_for_update(of=("self",))
    row = rows.select_related("finding__household").filter(pk=correction_id).first()
    if row is None:
        raise MissingError
    if code := hindrance(actor, row):
        raise DeniedError(code)
    if row.status != "open":
        raise ConflictError("already-done")
    return row


def _chosen(finding: Finding, benefit_id: int | None) -> Benefit:
    chosen = [row for row in candidates(finding) if benefit_id in {None, row.pk}]
    if len(chosen) != 1:
        raise InputError("invalid-data", _("请选择要停发的待遇"), field="benefit")
    return chosen[0]


def _last_day(benefit: Benefit, ends_on: date | None) -> date:
    day = ends_on or max(clock.today(), benefit.starts_on)
    if day < benefit.starts_on or (benefit.ends_on and day > benefit.ends_on):
        raise InputError("invalid-data", _("停发日期应在待遇期间之内"), field="ends_on")
    return day


def _recoverable(benefit: Benefit, ends_on: date, asked: str) -> Decimal | None:
    """No more comes back than was paid from the day on which the aid should have ended."""
    if not asked:
        return None
    try:
        amount = Decimal(asked)
    except InvalidOperation as error:
        raise InputError("invalid-data", _("金额有误"), field="recover") from error
    paid = paid_by([benefit], ends_on).get(benefit.pk, Decimal())
    if not amount.is_finite() or not 0 < amount <= paid or amount != round(amount, 2):
        text = _("追缴金额应大于 0，不超过停发日期之后已发的 %s 元") % f"{paid:.2f}"
        raise InputError("invalid-data", text, field="recover")
    return amount


def paid_by(benefits: Iterable[Benefit], day: date) -> dict[int, Decimal]:
    """What went out for each benefit on a day or later, in yuan, by id; nothing for no payment."""
    rows = Payment.objects.filter(benefit__in=benefits, paid_on__gte=day)
    found = rows.values_list("benefit").annotate(paid=Sum("amount_yuan"))
    return {pk: Decimal(paid) for pk, paid in found}


def _stop(row: Correction, actor: User) -> None:
    if row.benefit is None or row.ends_on is None:
        raise TypeError("a stop without a benefit")
    told: dict[str, Any] = {"matter": row.benefit.matter, "ends_on": str(row.ends_on)}
    event = outbox.publish("benefit.ended", actor=actor, correction=row.pk, **told)
    households.end_benefit(benefit_id=row.benefit.pk, ends_on=row.ends_on, event=event)
