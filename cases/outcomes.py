"""How a matter ends is written here: its one outcome and, when approved, its benefit."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases import catalogue, pairs, rulebook
from cases.models import Matter, Outcome
from common import clock, outbox
from common.models import Event
from households import steps as households
from households.models import Benefit
from permissions.models import OrgUnit, User

# granted anew, these go over into the new grant; what is given once does not
SUPERSEDES = frozenset({"monthly", "yearly", "waiver", "status", "service"})
DECIDED = frozenset({"approved", "refused"})


def record(
    matter: Matter, outcome: str, *, actor: User | None, given: dict[str, Any], reason: str = ""
) -> Outcome:
    """Write the outcome, for whatever reason the matter ended, and what it grants.

    given: the answers of the deciding form. The database keeps it to one a matter. Raises
    InputError for `decision` where aid that stands excludes approving.
    """
    fields = _granted(matter, given) if outcome == "approved" else {}
    why = _why(matter, outcome, given)
    row = Outcome.objects.create(
        matter=matter,
        outcome=outcome,
        reason=(reason or str(given.get("reason") or "") or default_reason(outcome, why))[:1000],
        why=why,
        decided_at=clock.now(),
        decided_by=actor,
        **fields,
    )
    outbox.publish(
        "matter.decided" if outcome in DECIDED else "matter.ended",
        stream=matter.case.stream,
        actor=actor,
        matter=matter.code,
        outcome=outcome,
        reason=row.reason,
    )
    if outcome == "approved":
        _grant(matter, row, actor)
    elif outcome == "refused":  # another matter may fit
        households.ask_screening(person_id=matter.person_id, household_id=matter.household_id)
    return row


def default_reason(outcome: str, why: dict[str, Any]) -> str:
    """Words for an outcome that nobody gave a reason for."""
    if outcome == "not_applicable" and why.get("result") == "refuse":
        return f"{why['reason'].rstrip('。')}（{why['article']}）"
    return {
        "not_applicable": _("同一申请中的其他事项已保障，或不具备前提身份，本事项不再适用"),
        "withdrawn": _("申请人撤回"),
        "deemed_withdrawn": _("逾期未补正，视为撤回"),
    }.get(outcome, "")


def _why(matter: Matter, outcome: str, given: dict[str, Any]) -> dict[str, Any]:
    """On what the decision rests: what the matter's table says of the beneficiary on that day,
    what the matrix of pairs says of the aid that stands, and the officer's form, which decides."""
    answers: dict[str, Any] = {"answers": {k: v for k, v in given.items() if k != "reason"}}
    if outcome in DECIDED:
        answers["other_aid"] = pairs.kept(_held_against(matter, outcome))
    told = None
    if outcome in DECIDED or (outcome == "not_applicable" and _asks_its_table(matter)):
        told = rulebook.opinion(matter.package, (matter.person or matter.case.applicant).pk)
    if told is None:
        article = catalogue.basis(matter.settings, clock.today())
        none = {"table": None, "version": matter.package.version, "row": None}
        return none | {"article": article, "facts": {}} | answers
    return told | answers


def other_aid(matter: Matter) -> list[pairs.Meeting]:
    """What the matrix of pairs says of aid that still stands when a grant of today would begin."""
    return pairs.meetings(matter, on=max(clock.today(), first_day(matter)))


def _held_against(matter: Matter, outcome: str) -> list[pairs.Meeting]:
    """The same for a decision; approving is refused where it is barred."""
    if outcome != "approved":
        return other_aid(matter)
    # two cases of one household may be approved at the same moment: one sees the other's grant
    households.lock_household(matter.case.household_id)
    met = other_aid(matter)
    pairs.insist(met)
    return met


def _asks_its_table(matter: Matter) -> bool:
    """Whether the process itself asks the matter's table, and may end by what it says."""
    definition = matter.package.definition
    return bool(definition and definition.meta.get("decisions"))


def _granted(matter: Matter, given: dict[str, Any]) -> dict[str, Any]:
    settings = matter.settings
    starts_on = first_day(matter)
    term = int(given.get("term_months") or settings.get("term_months") or 0)
    return {
        "amount_yuan": Decimal(given["amount"]) if given.get("amount") else None,
        "form": settings["form"],
        "starts_on": starts_on,
        "ends_on": add_months(starts_on, term) if term else None,
    }


def _grant(matter: Matter, row: Outcome, actor: User | None) -> None:
    settings, case = matter.settings, matter.case
    amount = None if row.amount_yuan is None else str(row.amount_yuan)
    event = outbox.publish(
        "benefit.granted",
        stream=case.stream,
        actor=actor,
        matter=matter.code,
        amount=amount,
        form=row.form,
        starts_on=str(row.starts_on),
    )
    if row.form in SUPERSEDES and row.starts_on:
        _end_running(matter, row.starts_on, event)
    households.grant_benefit(
        person=matter.person,
        household=matter.household,
        source_id=org_unit_of(settings["lead"]).pk,
        source_ref=f"{case.number}/{matter.pk}",
        matter=matter.code,
        starts_on=row.starts_on or clock.today(),
        ends_on=row.ends_on,
        amount_yuan=row.amount_yuan,
        form=row.form,
        measure=settings.get("measure") or settings["name"]["zh"],
        granted_on=clock.today(),
        event=event,
        case_id=case.pk,
        matter_id=matter.pk,
    )
    if settings.get("status"):
        households.set_category(
            person=matter.person,
            household=matter.household,
            category=matter.code,
            since=clock.today(),
            until=row.ends_on,
        )


def org_unit_of(code: str) -> OrgUnit:
    """The organisation with a code."""
    found: OrgUnit = OrgUnit.objects.get(code=code)
    return found


def _end_running(matter: Matter, starts_on: date, event: Event) -> None:
    """What the same beneficiary drew of the same aid goes over into the new grant."""
    rows = Benefit.objects.filter(
        person=matter.person, household=matter.household, matter=matter.code
    ).filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    for row in rows.exclude(form="once"):
        ends_on = max(starts_on, row.starts_on)
        households.end_benefit(benefit_id=row.pk, ends_on=ends_on, event=event)


def first_day(matter: Matter) -> date:
    """From when a grant runs. Source: Z56 (the month after approval), S52 (of application)."""
    settings, today = matter.settings, clock.today()
    default = "month_after" if settings["form"] == "monthly" else "decision"
    match settings.get("starts", default):
        case "month_of_application":
            return clock.day_of(matter.case.opened_at).replace(day=1)
        case "month_after":
            return add_months(today.replace(day=1), 1)
    return today


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError
