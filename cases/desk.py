"""The window: what the clerk sees once a card is read, and what the form then asks for."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from cases import catalogue, words
from cases.opening import Agent, Wanted
from cases.services import applicants
from common import calendar, clock
from common.calendar import Limit
from common.errors import FieldError, InputError, MissingError, ServiceError
from common.identity import mask_number, parse_id_number
from common.templatetags.pages import aid
from households import words as register
from permissions.models import User

Json = dict[str, Any]
RELATIONS = ("配偶", "子女", "父母", "其他亲属", "监护人", "村（社区）干部", "其他")


@dataclass
class Choice:
    """One matter of the list: what it is, why it is ticked or not, whom it may be for."""

    code: str
    name: str
    lead: str
    limit: str
    due_on: date
    basis: str
    for_person: bool
    papers: list[str]
    form: str = ""
    tag: str = ""
    about: str = ""
    suggested: bool = False
    ticked: bool = False
    people: list[Json] = field(default_factory=list)

    @property
    def place(self) -> int:
        """Suggested ones first, then what is open to apply for, then what runs already."""
        return 0 if self.suggested else 2 if self.tag else 1


def read_card(user: User, id_number: str) -> Json | None:
    """What is known of the holder; None for a sound number that nobody has."""
    try:
        return applicants.look_up(actor=user, id_number=id_number)
    except MissingError:
        return None


def context(user: User, id_number: str, posted: QueryDict | None = None) -> Json:
    """All that `cases/_application.html` shows. posted: what was typed, after a refusal."""
    found = read_card(user, id_number)
    birth = parse_id_number(id_number)
    choices = _choices(found, posted)
    today = clock.today()
    return {
        "found": found,
        "id_number": birth.number,
        "masked": mask_number(birth.number),
        "age": _age(birth.birth_on, today),
        "sex": birth.sex,
        "choices": choices,
        "ticked": sum(1 for row in choices if row.ticked),
        "papers": _papers(choices, found),
        "relations": RELATIONS,
        "posted": posted or {},
        "disability": register.disability(_own(found)) if found else "",
        "category": register.category(found["household"]["category"]) if found else "",
    }


def _own(found: Json) -> Json:
    """The applicant's row among the members."""
    number = found["person"]["person_no"]
    rows: list[Json] = found["members"]
    return next((row for row in rows if row["person_no"] == number), {})


def _age(birth_on: date, today: date) -> int:
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


def _choices(found: Json | None, posted: QueryDict | None) -> list[Choice]:
    """Every matter, the suggested ones first and ticked."""
    now, today = clock.now(), clock.today()
    packages = catalogue.matters()
    kinds = catalogue.kinds()
    leads = words.organisations(p.settings["lead"] for p in packages)
    chosen = set(posted.getlist("matters")) if posted is not None else None
    rows = []
    for package in packages:
        settings = package.settings
        limit = catalogue.limit_text(settings)
        row = Choice(
            code=package.code,
            name=catalogue.name(settings),
            lead=leads.get(settings["lead"], settings["lead"]),
            limit=limit,
            due_on=calendar.due(Limit.parse(limit), now)[1].on,
            basis=catalogue.basis(settings, today),
            for_person=settings["beneficiary"] == "person",
            form=settings["form"],
            papers=[
                catalogue.name({"name": kinds[paper["kind"]]})
                for paper in settings.get("materials", [])
                if paper.get("required") and not paper.get("from_register")
                if paper["kind"] in kinds and paper["kind"] != "consent"
            ],
        )
        if found is not None:
            _advise(row, found)
        row.ticked = row.suggested if chosen is None else row.code in chosen
        row.people = _people(row, found, posted)
        rows.append(row)
    return sorted(rows, key=lambda row: row.place)


def _advise(row: Choice, found: Json) -> None:
    """Put the advice of the suggestions beside a matter; it binds nobody."""
    suggested = [line for line in found["suggested"] if line["code"] == row.code]
    if suggested:
        first = suggested[0]
        row.suggested = True
        brings = {"amount": first.get("amount"), "form": row.form}
        row.tag = _("建议 · %s") % aid(brings) if first.get("amount") else _("建议")
        row.about = f"{first['reason'].rstrip('。')}（{first['article']}）"
        return
    own = {None, found["person"]["person_no"]} if row.for_person else {None}
    for line in found["unsuitable"]:
        if line["code"] == row.code and line.get("person_no") in own:
            row.tag = _("暂不需要")
            row.about = "；".join(filter(None, [line.get("reason"), line.get("would_change")]))
            return


def _people(row: Choice, found: Json | None, posted: QueryDict | None) -> list[Json]:
    """Members a person's matter may be for; the applicant unless others are chosen."""
    if not row.for_person or found is None or len(found["members"]) < 2:
        return []
    applicant = found["person"]["person_no"]
    suggested = {line.get("person_no") for line in found["suggested"] if line["code"] == row.code}
    wanted = suggested or {applicant}
    if posted is not None:
        wanted = set(posted.getlist(f"for-{row.code}"))
    return [
        {"person_no": m["person_no"], "name": m["name"], "ticked": m["person_no"] in wanted}
        for m in found["members"]
    ]


def _papers(choices: list[Choice], found: Json | None) -> list[tuple[str, bool]]:
    """Papers of all matters, once: name and whether the register holds them already."""
    at_hand = set(found["papers_held"]) if found is not None else set()
    kinds = catalogue.kinds()
    known: dict[str, bool] = {}
    for package in catalogue.matters():
        for paper in package.settings.get("materials", []):
            if not paper.get("required") or paper["kind"] not in kinds:
                continue
            held = paper["kind"] in at_hand
            name = catalogue.name({"name": kinds[paper["kind"]]})
            if held or any(row.ticked and row.code == package.code for row in choices):
                known[name] = held
    return sorted(known.items(), key=lambda row: not row[1])


def read(posted: QueryDict) -> Json:
    """What the window sends, as arguments of `open_case`. Raises InputError for the agent."""
    wanted = [
        Wanted(code, person_no)
        for code in posted.getlist("matters")
        for person_no in (posted.getlist(f"for-{code}") or [""])
    ]
    return {
        "id_number": posted.get("id_number", ""),
        "name": posted.get("name", ""),
        "matters": wanted,
        "channel": "window",
        "consent": posted.get("consent") == "yes",
        "agent": _agent(posted),
        "in_person": True,
    }


def _agent(posted: QueryDict) -> Agent | None:
    if posted.get("comes") != "agent":
        return None
    name = posted.get("agent_name", "").strip()[:60]
    errors = [] if name else [FieldError("agent_name", "missing", _("请填写代办人姓名"))]
    try:
        number = parse_id_number(posted.get("agent_number", ""), field="agent_number").number
    except InputError as error:
        raise InputError("invalid-data", errors=[*errors, *error.errors]) from error
    if errors:
        raise InputError("invalid-data", errors=errors)
    return Agent(number, name, posted.get("agent_relation", "")[:20])


def labels() -> dict[str, str]:
    """Names of the window's fields."""
    return {
        "id_number": _("身份证号"),
        "name": _("姓名"),
        "matters": _("事项"),
        "consent": _("授权"),
        "agent_name": _("代办人姓名"),
        "agent_number": _("代办人身份证号"),
    }


def point(error: ServiceError, wanted: list[Wanted]) -> None:
    """Let errors of the n-th matter point at that matter's own tick."""
    error.errors = [
        FieldError(_target(row.field, wanted), row.code, row.message) for row in error.errors
    ]


def _target(path: str, wanted: list[Wanted]) -> str:
    parts = path.split(".")
    if parts[0] == "matters" and len(parts) > 1 and int(parts[1]) < len(wanted):
        return f"matter_{wanted[int(parts[1])].code}"
    return path
