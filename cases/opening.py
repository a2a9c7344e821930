"""Opening a case: what is asked for is checked, then opened inside somebody's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from cases import catalogue, hooks, steps
from cases.models import Case, Matter, OfficeVisit, Package
from common import clock, crypto, outbox
from common.errors import ConflictError, DeniedError, FieldError, InputError
from common.identity import parse_id_number
from households import kin
from households import steps as households
from households.models import Household, Person
from permissions.declaration import roles_of
from permissions.models import OrgUnit, User
from workflows import steps as flow

MAX_MATTERS = 100


@dataclass(frozen=True)
class Wanted:
    """A matter asked for; for the applicant or household unless person_no names a member."""

    code: str
    person_no: str = ""


@dataclass(frozen=True)
class Agent:
    """Somebody who applies for the applicant."""

    id_number: str
    name: str
    relation: str


@dataclass(frozen=True)
class Application:
    """What was asked for at the desk, checked as far as it can be without the register."""

    actor: User
    id_number: str
    name: str
    wanted: list[tuple[Wanted, Package]]
    channel: str
    agent: Agent | None
    in_person: bool


def application(  # noqa: PLR0913 - what the contract names
    *,
    actor: User,
    id_number: str,
    matters: list[Wanted],
    channel: str,
    consent: bool,
    name: str = "",
    agent: Agent | None = None,
    in_person: bool = True,
) -> Application:
    """What was asked for, checked without the register. Raises as open_case."""
    actor.access.require("case.open")
    packages = _packages(matters)
    if consent is not True:
        raise InputError("consent-missing", field="consent")
    if channel not in Case.Channel.values:
        raise InputError("invalid-data", _("渠道有误"), field="channel")
    number = parse_id_number(id_number).number
    if agent is not None:
        checked = parse_id_number(agent.id_number, field="agent.id_number").number
        if not agent.name.strip().isprintable() or not agent.relation.strip().isprintable():
            raise InputError("invalid-data", _("含有控制字符"), field="agent.name")
        agent = replace(agent, id_number=checked)
    wanted = list(zip(matters, packages, strict=True))
    return Application(actor, number, name.strip(), wanted, channel, agent, in_person)


@contextmanager
def naming_conflicts(asked: Application) -> Iterator[None]:
    """Around the transaction in which a case is opened: what the database refuses by name."""
    try:
        yield
    except IntegrityError as error:
        raise _conflict(error, asked) from error


def open_within(*, asked: Application, case_number: str) -> Case:
    """Open a case inside another's transaction. Raises as open_case."""
    person, household = _applicant(asked)
    _refuse_second(person)
    if kin.is_kin(asked.actor, household_id=household.pk, person_ids=[person.pk]):
        raise DeniedError("related-person")
    case = _create(asked, case_number, person, household)
    actor, chosen = asked.actor, _beneficiaries(case, asked.wanted)
    outbox.publish(
        "case.opened", stream=case.stream, actor=actor, number=case.number, channel=case.channel
    )
    if asked.in_person:
        OfficeVisit.objects.create(
            case=case, at=case.opened_at, reason=_("申请"), recorded_by=actor
        )
    flow.start_instance(
        process_id="intake",
        owner_type="intake",
        owner_id=case.pk,
        subject_id=case.pk,
        data={"needs_means": case.means == "open", "needs_visit": case.visit == "open"},
        actor=actor,
        definition=case.intake.definition,
        prepare=lambda instance: hooks.adopt(instance, case, None),
    )
    steps.start_matters(case, chosen, actor=actor)
    return case


def _packages(matters: list[Wanted]) -> list[Package]:
    if not matters or len(matters) > MAX_MATTERS:
        raise InputError("invalid-data", _("请至少选择一个事项"), field="matters")
    known = {p.code: p for p in catalogue.matters()}
    errors = [
        FieldError(f"matters.{n}", "unknown-matter", _("没有这个事项"))
        for n, wanted in enumerate(matters)
        if wanted.code not in known
    ]
    if errors:
        raise InputError("unknown-matter", errors=errors)
    return [known[wanted.code] for wanted in matters]


def _applicant(asked: Application) -> tuple[Person, Household]:
    person = households.find_person(asked.id_number)
    if person is not None:
        if person.died_on is not None:
            raise InputError("invalid-data", _("登记显示此人已去世，请核实"), field="id_number")
        return person, households.current_household(person, clock.today())
    if not asked.name:
        raise InputError("name-required", field="name")
    return households.register_person(
        id_number=asked.id_number,
        name=asked.name,
        division_code=_clerks_township(asked.actor).division_code,
        actor=asked.actor,
    )


def _clerks_township(actor: User) -> OrgUnit:
    for grant in actor.access.grants:
        if grant.role in roles_of("case.open"):
            return OrgUnit.objects.get(pk=grant.org_unit_id)
    raise DeniedError


def township_of(division_code: str) -> OrgUnit:
    """The township that a village's or township's division lies in."""
    unit = OrgUnit.objects.filter(kind="township", division_code=division_code[:9] + "000").first()
    if unit is None:
        raise InputError("invalid-data", _("家庭所在区划没有对应的乡镇（街道）"), field="id_number")
    return unit


def _refuse_second(person: Person) -> None:
    number = (
        Case.objects.filter(applicant=person, status="open")
        .values_list("number", flat=True)
        .first()
    )
    if number:
        raise ConflictError("open-case-exists", case_number=number)


def _create(asked: Application, number: str, person: Person, household: Household) -> Case:
    joint = {kind for _w, package in asked.wanted for kind in package.settings.get("joint", [])}
    agent = asked.agent
    return Case.objects.create(
        number=number,
        applicant=person,
        household=household,
        division_code=household.division_code,
        township=township_of(household.division_code),
        channel=asked.channel,
        agent_name=agent.name if agent else "",
        agent_relation=agent.relation if agent else "",
        agent_number=crypto.encrypt(agent.id_number, about="agent_number") if agent else None,
        agent_tail=agent.id_number[-4:] if agent else "",
        opened_at=clock.now(),
        opened_by=asked.actor,
        in_person_count=int(asked.in_person),
        means="open" if "means" in joint else "not_needed",
        visit="open" if "visit" in joint else "not_needed",
        intake=catalogue.newest()["intake"],
    )


def next_number() -> str:
    """The day's next case number, given before the case's own transaction: openings do not
    queue behind one another, and a refused one leaves a gap."""
    day = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_casenumber (day, last) VALUES (%s, 1) "
            "ON CONFLICT (day) DO UPDATE SET last = cases_casenumber.last + 1 RETURNING last",
            [day],
        )
        (last,) = cursor.fetchone()
    return f"LB{day:%Y%m%d}-{last:04d}"


def _beneficiaries(
    case: Case, wanted: list[tuple[Wanted, Package]]
) -> list[tuple[Package, Person | None]]:
    rows = households.members(case.household, clock.today())
    members = {row.person_no: row.person for row in rows}
    found: list[tuple[Package, Person | None]] = []
    for n, (want, package) in enumerate(wanted):
        named = members.get(want.person_no) if want.person_no else case.applicant
        if named is None:
            field = f"matters.{n}.person_no"
            raise InputError("invalid-data", _("不是该家庭的成员"), field=field)
        person = named if package.settings["beneficiary"] == "person" else None
        if (package, person) in found:
            raise InputError("repeated-matter", field=f"matters.{n}")
        found.append((package, person))
    return found


def _conflict(error: IntegrityError, asked: Application) -> Exception:
    """Two windows at the same moment: the database's unique indexes decide."""
    text = str(error)
    person = households.find_person(asked.id_number)
    if "one_open_case" in text:
        found = Case.objects.filter(applicant=person, status="open").values_list("number")
        return ConflictError("open-case-exists", case_number=next(iter(found), ("",))[0])
    if "one_open_matter" in text:
        household = households.current_household(person, clock.today()) if person else None
        rows = Matter.objects.open().filter(code__in=[want.code for want, _package in asked.wanted])
        rows = rows.filter(household=household) | rows.filter(
            person__memberships__household=household
        )
        code, case_number = next(iter(rows.values_list("code", "case__number")), ("", ""))
        return ConflictError("open-matter-exists", matter=code, case_number=case_number)
    return error
