"""Leads as people handle them: reported, taken, visited, brought to an end."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from cases import catalogue, opening
from cases.guard import guarded
from cases.models import Case
from cases.opening import Application, Wanted
from common import clock, crypto, outbox
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.identity import parse_id_number
from common.usecase import use_case
from households import kin
from households import steps as households
from households.models import Household, Person
from permissions.models import Division, User
from screening.models import Lead, LeadSource
from screening.services.discovery import data_of, limits, merge_days

CHANNELS = ("grid", "school", "doctor", "hotline", "neighbour")
DECISIONS = ("case_opened", "policy_explained", "charity", "dismissed")
REPORT = "report"


@use_case
def report(  # noqa: PLR0913 - what a report says
    *,
    actor: User,
    channel: str,
    text: str,
    urgency: str = "normal",
    matter: str = "",
    id_number: str = "",
    name: str = "",
    place: str = "",
    division: str = "",
) -> Lead:
    """Say that somebody may need help; a second report about the same person joins the first.

    id_number, or name with division (12 digits) where the number is not known. Raises
    DeniedError, InputError. Publishes lead.opened for a new one.
    """
    actor.access.require("lead.report")
    text = _text(text, "text")
    if channel not in CHANNELS:
        raise InputError("invalid-data", _("请从选项中选择"), field="channel")
    if urgency not in Lead.Urgency.values:
        raise InputError("invalid-data", _("请从选项中选择"), field="urgency")
    if matter and matter not in {package.code for package in catalogue.matters()}:
        raise InputError("unknown-matter", field="matter")
    person, household = _whom(id_number)
    code = household.division_code if household else _division(division)
    if person is None and not name.strip():
        raise InputError("name-required", field="name")
    found = _same(person)
    lead = found or Lead.objects.create(
        rule=REPORT,
        person=person,
        household=household,
        name="" if person else name.strip()[:60],
        place=place.strip()[:200],
        division_code=code,
        township=opening.township_of(code),
        matter=matter,
        urgency=urgency,
        reason=text,
        **limits(urgency),
    )
    LeadSource.objects.create(
        lead=lead, channel=channel, text=text, at=clock.now(), reported_by=actor
    )
    if found is None:
        outbox.publish("lead.opened", actor=actor, **data_of(lead))
    return lead


@use_case
def take(*, actor: User, lead_id: int) -> Lead:
    """接收: the township goes after it. Again by the same person changes nothing.

    Raises MissingError, DeniedError, ConflictError already-claimed, already-done.
    """
    lead = _lock(actor, lead_id)
    if lead.status == "taken" and lead.taken_by_id == actor.pk:
        return lead
    if lead.status == "closed":
        raise ConflictError("already-done")
    if lead.taken_by is not None:
        raise ConflictError("already-claimed", assignee=lead.taken_by.username)
    lead.status, lead.taken_by, lead.taken_at = "taken", actor, clock.now()
    lead.save(update_fields=["status", "taken_by", "taken_at"])
    return lead


@use_case
def record_visit(*, actor: User, lead_id: int, note: str) -> Lead:
    """走访: what was found at the home; who goes has taken the lead by it.

    Raises MissingError, DeniedError, InputError, ConflictError already-done.
    """
    lead = _lock(actor, lead_id)
    if lead.status == "closed":
        raise ConflictError("already-done")
    lead.visit_note, lead.visited_at, lead.status = _text(note, "note"), clock.now(), "visited"
    if lead.taken_by is None:
        lead.taken_by, lead.taken_at = actor, lead.visited_at
    lead.save(update_fields=["visit_note", "visited_at", "status", "taken_by", "taken_at"])
    return lead


def resolve(  # noqa: PLR0913 - what a resolution says
    *,
    actor: User,
    lead_id: int,
    decision: str,
    reason: str,
    matters: list[str] | None = None,
    consent: bool = False,
    id_number: str = "",
    name: str = "",
) -> Lead:
    """Say what came of a lead: a case opened without being asked, or an end with its reason.

    case_opened: matters (the lead's own unless given), consent signed at the visit, and the
    number where the lead has no person. All but a dismissal need a visit. Raises MissingError,
    DeniedError, InputError, ConflictError (already-done, and open_case's). Publishes lead.closed.
    """
    reason = _text(reason, "reason")
    if decision not in DECISIONS:
        raise InputError("invalid-data", _("请从选项中选择"), field="decision")
    if decision != "case_opened":
        return _resolve(actor=actor, lead_id=lead_id, decision=decision, reason=reason)
    lead = _visible(actor, lead_id)
    if not matters and not known_matters(lead):
        raise InputError("invalid-data", _("请至少选择一个事项"), field="matters")
    asked = opening.application(
        actor=actor,
        id_number=crypto.decrypt(lead.person.id_number) if lead.person else id_number,
        matters=[Wanted(code) for code in matters or known_matters(lead)],
        channel=Case.Channel.PROACTIVE,
        consent=consent,
        name=name or lead.name,
        in_person=False,
    )
    with opening.naming_conflicts(asked):
        return _resolve(
            actor=actor,
            lead_id=lead_id,
            decision=decision,
            reason=reason,
            opened=(asked, opening.next_number()),
        )


@guarded
@use_case
def _resolve(
    *,
    actor: User,
    lead_id: int,
    decision: str,
    reason: str,
    opened: tuple[Application, str] | None = None,
) -> Lead:
    lead = _lock(actor, lead_id)
    if lead.status == "closed":
        raise ConflictError("already-done")
    if lead.visited_at is None and decision != "dismissed":
        raise InputError("invalid-data", _("请先走访并记录情况"), field="decision")
    if opened is not None:
        lead.case = opening.open_within(asked=opened[0], case_number=opened[1])
    lead.status, lead.result, lead.resolution = "closed", decision, reason
    lead.closed_at, lead.closed_by = clock.now(), actor
    lead.save()
    told = data_of(lead) | {"result": decision}
    outbox.publish("lead.closed", actor=actor, stream=lead.case.stream if lead.case else "", **told)
    return lead


def precision(actor: User) -> list[dict[str, Any]]:
    """How often each rule was right, of the leads that one sees and people have closed.

    rule, opened, closed, dismissed, each other result, precision (part of the closed ones that
    were not dismissed, None while there is none). What went by itself counts for nothing.
    """
    closed = Q(status="closed") & ~Q(result="moot")
    counts = {name: Count("pk", filter=Q(result=name)) for name in DECISIONS}
    found = Lead.objects.counted_for(actor).values("rule")
    found = found.annotate(opened=Count("pk"), closed=Count("pk", filter=closed), **counts)
    rows: list[dict[str, Any]] = [{**row} for row in found.order_by("rule")]
    for row in rows:
        right, whole = row["closed"] - row["dismissed"], row["closed"]
        row["precision"] = round(right / whole, 3) if whole else None
    return rows


def may_work(actor: User, lead: Lead) -> bool:
    """Whether somebody goes to homes where a lead is."""
    return actor.access.reach("lead.work").covers(lead.division_code)


def known_matters(lead: Lead) -> list[str]:
    """The matters that a lead names and the catalogue has."""
    codes = {package.code for package in catalogue.matters()}
    return [code for code in (lead.matter, lead.other_matter) if code in codes]


def _same(person: Person | None) -> Lead | None:
    """A report about the same person that is open, or ended a short while ago."""
    if person is None:
        return None
    since = clock.now() - timedelta(days=merge_days())
    rows = Lead.objects.filter(person=person, rule=REPORT)
    recent = rows.filter(Q(closed_at=None) | Q(closed_at__gt=since))
    return recent.select_for_update(of=("self",)).order_by("-pk").first()


def _whom(id_number: str) -> tuple[Person | None, Household | None]:
    if not id_number.strip():
        return None, None
    person = households.find_person(parse_id_number(id_number).number)
    if person is None:
        return None, None
    return person, households.current_household(person, clock.today())


def _division(code: str) -> str:
    if not Division.objects.filter(code=code).exists():
        raise InputError("invalid-data", _("区划代码有误"), field="division")
    return code


def _visible(actor: User, lead_id: int) -> Lead:
    rows = Lead.objects.visible_to(actor).select_related("person", "household", "case")
    found = rows.filter(pk=lead_id).first()
    if found is None:
        raise MissingError
    return found


def _lock(actor: User, lead_id: int) -> Lead:
    """A lead that the actor may work on, held against others."""
    rows = Lead.objects.visible_to(actor).select_for_update(of=("self",))
    lead = rows.select_related("person", "household", "taken_by").filter(pk=lead_id).first()
    if lead is None:
        raise MissingError
    if not may_work(actor, lead):
        raise DeniedError
    if lead.person_id and kin.is_kin(
        actor, household_id=lead.household_id, person_ids=[lead.person_id]
    ):
        raise DeniedError("related-person")
    return lead


def _text(text: str, field: str) -> str:
    text = (text or "").strip()
    if not text or len(text) > 1000:
        raise InputError("invalid-data", _("请填写内容（不超过 1000 字）"), field=field)
    return text
