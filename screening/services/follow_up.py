"""What a confirmed finding begins: a case, a lead, or a correction."""

from django.db.models import Q

from cases import catalogue, opening
from cases.models import Case, Matter
from cases.opening import Application, Wanted
from common import crypto, outbox
from permissions.models import User
from screening.models import Finding, Lead, LeadSource
from screening.services import corrections
from screening.services.discovery import data_of, first_source, limits

# what a lead keeps of a finding: see Hit.columns
ALIKE = (
    *("rule", "person_id", "household_id", "division_code", "matter", "other_matter"),
    *("reason", "article", "table", "version", "row", "facts"),
)


def application(actor: User, finding_id: int) -> Application | None:
    """What would be applied for if somebody confirmed a finding; None where no case is opened."""
    rows = Finding.objects.visible_to(actor).select_related("person", "household")
    found = rows.filter(pk=finding_id).first()
    if found is None or expected(found, actor) != "case":
        return None
    return opening.application(
        actor=actor,
        id_number=crypto.decrypt(found.person.id_number),
        matters=[Wanted(found.matter)],
        channel=Case.Channel.PROACTIVE,
        consent=True,  # the matter looks at nobody's means
        in_person=False,
    )


def begin(finding: Finding, *, actor: User, opened: tuple[Application, str] | None) -> None:
    """See findings.resolve; inside its transaction, which saves the finding.

    opened: its `application`, with the number of the case.
    """
    what = expected(finding, actor)
    if what == "correction":
        corrections.propose(finding, actor=actor)
    elif what == "case" and opened is not None:
        finding.case = opening.open_within(asked=opened[0], case_number=opened[1])
    elif what:
        finding.lead = _lead(finding, actor)


def expected(finding: Finding, actor: User) -> str:
    """What a confirmation would begin: correction, case, lead; "" where it is only kept."""
    if finding.kind in {"duplicate", "excessive"}:
        return "correction" if finding.matter in catalogue.newest() else ""
    return "case" if _may_open(finding, actor) else "lead"


def _may_open(finding: Finding, actor: User) -> bool:
    package = next((p for p in catalogue.matters() if p.code == finding.matter), None)
    if finding.kind != "missed" or package is None or not actor.access.may("case.open"):
        return False
    if "means" in package.settings.get("joint", []) or finding.household is None:
        return False
    theirs = Q(person=finding.person) | Q(household=finding.household)
    running = Matter.objects.open().filter(theirs, code=finding.matter)
    busy = Case.objects.filter(applicant=finding.person, status="open")
    return not running.exists() and not busy.exists()


def _lead(finding: Finding, actor: User) -> Lead:
    """One about the same person and rule that is open is joined."""
    known = Lead.objects.running().filter(person=finding.person, rule=finding.rule).first()
    if known is not None:
        return known
    lead = Lead.objects.create(
        **{column: getattr(finding, column) for column in ALIKE},
        township=opening.township_of(finding.division_code),
        urgency="normal",
        **limits("normal"),
    )
    source = first_source(lead, LeadSource.Channel.FINDING)
    source.reported_by = actor
    source.save()
    outbox.publish("lead.opened", actor=actor, **data_of(lead))
    return lead
