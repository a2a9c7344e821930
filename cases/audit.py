"""What an auditor alone reads: who looked at whom, when, how and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import Case
from common import clock
from common.errors import InputError
from households.models import Household, Membership, Person
from permissions.access_log import record
from permissions.models import AccessRecord, OrgUnit, Role, User

Json = dict[str, Any]
Records = QuerySet[AccessRecord]
EXPORT_MOST = 100_000
SHOWN = 5  # of each kind in a line of the page
_CHUNK = 500


@dataclass(frozen=True)
class Subject:
    """Whom one asks about: `person`, `household`, `case` or `user`, and its row."""

    kind: str
    pk: int
    text: str


@dataclass(frozen=True)
class Asked:
    """Which looks are asked for; what is empty does not narrow."""

    user: str = ""
    whom: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None

    def words(self) -> list[str]:
        """What was asked, for the record of an export."""
        pairs = vars(self).items()
        return [f"{name}={value}" for name, value in pairs if value]


def find_subject(text: str) -> Subject:
    """A case, household or person by the number that the register gave. Raises InputError."""
    if row := Case.objects.filter(number=text.upper()).first():
        return Subject("case", row.pk, row.number)
    if home := Household.objects.filter(household_no=text).first():
        return Subject("household", home.pk, home.household_no)
    if member := Membership.objects.filter(person_no=text).first():
        return Subject("person", member.person_id, text)
    message = _("没有这个人员编号、户号或办件号")
    raise InputError("invalid-data", message, field="whom")


def narrowed(asked: Asked) -> Records:
    """The looks that are asked for. Raises InputError for a number that nothing has."""
    rows = AccessRecord.objects.all()
    if asked.user:
        rows = rows.filter(username=asked.user)
    if asked.whom:
        rows = rows.filter(_about(find_subject(asked.whom)))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.first:
        rows = rows.filter(at__gte=clock.midnight(asked.first))
    if asked.last and asked.last < date.max:
        rows = rows.filter(at__lt=clock.midnight(asked.last) + timedelta(days=1))
    return rows


def _about(subject: Subject) -> Q:
    """Looks at somebody are also looks at their household and their cases, and the other way."""
    people, homes, cases = {subject.pk}, set[int](), set[int]()
    if subject.kind == "case":
        people, cases = set(), {subject.pk}
    elif subject.kind == "household":
        people = set(_of(Membership, "person_id", household=subject.pk))
        homes, cases = {subject.pk}, set(_of(Case, "pk", household=subject.pk))
    else:
        homes = set(_of(Membership, "household_id", person=subject.pk))
        mine = Q(applicant=subject.pk) | Q(matters__person=subject.pk)
        cases = set(Case.objects.filter(mine).values_list("pk", flat=True))
    return (
        Q(person_ids__overlap=list(people))
        | Q(household_ids__overlap=list(homes))
        | Q(case_ids__overlap=list(cases))
    )


def _of(model: Any, column: str, **where: int) -> Iterable[int]:
    found: Iterable[int] = model.objects.filter(**where).values_list(column, flat=True)
    return found


def lines(rows: list[AccessRecord]) -> list[Json]:
    """Looks with the names of all that they tell of, in six queries whatever their number."""
    people = _names(Person, {pk for row in rows for pk in row.person_ids}, "person_no", "name")
    homes = _names(Household, {pk for row in rows for pk in row.household_ids}, "household_no")
    cases = _names(Case, {pk for row in rows for pk in row.case_ids}, "number")
    staff = dict(
        User.objects.filter(pk__in={row.user_id for row in rows}).values_list("pk", "name")
    )
    places = dict(OrgUnit.objects.values_list("code", "name"))
    return [
        {
            "id": row.pk,
            "at": row.at.astimezone(clock.ZONE).isoformat(),
            "username": row.username,
            "name": staff.get(row.user_id or 0, ""),
            "held": held_in_words(row.held, places),
            "kind": row.kind,
            "kind_name": row.get_kind_display(),
            "via": row.via,
            "via_name": row.get_via_display(),
            "persons": [people[pk] for pk in row.person_ids if pk in people],
            "households": [homes[pk] for pk in row.household_ids if pk in homes],
            "cases": [cases[pk] for pk in row.case_ids if pk in cases],
            "fields": row.fields,
            "purpose": row.purpose,
            "path": row.path,
            "address": row.address,
            "request_id": row.request_id,
        }
        for row in rows
    ]


def shortened(told: list[Json]) -> list[Json]:
    """For a page: how many more each line has than it shows of a kind."""
    for line in told:
        kinds = ("persons", "households", "cases")
        line["more"] = sum(max(len(line[kind]) - SHOWN, 0) for kind in kinds)
    return told


def _names(model: Any, ids: set[int], *columns: str) -> dict[int, Json]:
    rows = model.objects.filter(pk__in=ids).values("pk", *columns)
    return {row["pk"]: {name: row[name] for name in columns} for row in rows}


def held_in_words(held: str, places: dict[str, str]) -> list[str]:
    """`civil:dept_handler` as 民政局 · 部门经办."""
    roles = dict(Role.choices)
    pairs = [text.partition(":") for text in held.split()]
    return [f"{places.get(code, code)} · {roles.get(role, role)}" for code, _colon, role in pairs]


def exported(rows: Records) -> Iterator[list[Any]]:
    """A sheet's rows, the newest first, the head first; 100,000 at most."""
    yield [
        *(_("时间"), _("用户名"), _("姓名"), _("岗位"), _("方式"), _("途径"), _("人员编号")),
        *(_("户号"), _("办件号"), _("字段"), _("用途"), _("地址"), _("来源地址"), _("请求编号")),
    ]
    found = rows.order_by("-pk")[:EXPORT_MOST].iterator(chunk_size=_CHUNK)
    while chunk := list(islice(found, _CHUNK)):
        for line in lines(chunk):
            yield [
                *(line["at"], line["username"], line["name"], "; ".join(line["held"])),
                *(line["kind_name"], line["via_name"]),
                " ".join(row["person_no"] for row in line["persons"]),
                " ".join(row["household_no"] for row in line["households"]),
                " ".join(row["number"] for row in line["cases"]),
                *(" ".join(line["fields"]), line["purpose"], line["path"]),
                *(line["address"], line["request_id"]),
            ]


def tell_of(subject: Subject, *, fields: list[str]) -> None:
    """Record that somebody looked at all that is kept of one object."""
    found = {subject.kind: [subject.pk]}
    record(
        kind="view",
        person_ids=found.get("person", []),
        household_ids=found.get("household", []),
        case_ids=found.get("case", []),
        fields=[*fields, f"{subject.kind}={subject.text}"],
    )
