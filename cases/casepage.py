"""What the pages of cases show, read in a fixed number of queries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import catalogue, explain, represent, timeline, words
from cases.models import Case, Matter
from cases.querysets import CaseQuerySet
from cases.sight import Sight, sight_of
from cases.visibility import may_with
from common import clock
from common.errors import MissingError
from permissions.models import User
from workflows.models import Instance

Json = dict[str, Any]
VIEWS = {
    "open": _("在办"),
    "red": _("已超期"),
    "yellow": _("将到期"),
    "grey": _("暂停"),
    "closed": _("办结"),
    "withdrawn": _("撤回"),
    "all": _("全部"),
}
OPEN = ("waiting", "running")
RECENT = 12


def narrowed(rows: CaseQuerySet, view: str) -> CaseQuerySet:
    """The cases of a view."""
    if view in {"red", "yellow", "grey"}:
        return rows.lit(view, today=clock.today())
    return rows if view == "all" else rows.filter(status=view)


def search(rows: CaseQuerySet, text: str) -> CaseQuerySet:
    """By the case's number, the beginning of the applicant's name, the number's last four."""
    where = Q(number=text.upper()) | Q(applicant__name__startswith=text)
    if len(text) == 4:
        where |= Q(applicant__id_tail=text.upper())
    return rows.filter(where)


def lines(rows: list[Case], user: User) -> list[Json]:
    """Lines of a list: each case with its matters in words."""
    by_id = {row.pk: row for row in rows}
    found = represent.cases(rows, user)
    for line in found:
        line["case"] = by_id[line["id"]]
        line["names"] = [row["name"] for row in line["matters"]]
        line["ended"] = sum(1 for row in line["matters"] if row["status"] not in OPEN)
    return found


def context(case: Case, user: User) -> Json:
    """All that `cases/case.html` shows."""
    shown = represent.case(case, user)
    names = {row["code"]: row["name"] for row in shown["matters"]}
    tasks = [row for row in shown["tasks"] if row["status"] in {"ready", "claimed"}]
    places = words.organisations(row["organisation"] for row in tasks)
    matters = list(case.matters.select_related("person"))
    people = _people(case, matters)
    for row in shown["matters"]:
        row["words"] = words.status(row)
        row["waits"] = words.waiting_for(row["waiting_for"], names)
        row["is_open"] = row["status"] in OPEN
        row["why"] = explain.in_words((row["decision"] or {}).get("why") or {})
        row["for"] = people.get(row["id"], "")
        row["tasks"] = [
            t | {"place": places[t["organisation"]]} for t in tasks if t["matter_id"] == row["id"]
        ]
    sight = sight_of(user, case)
    events = timeline.timeline(case, sight)[::-1]
    for event in events:
        event["matter_name"] = names.get(event["matter"], "")
    files = {row.kind: row for row in case.materials.order_by("pk")}
    needed = required(matters)
    for paper in shown["materials"]:
        paper["required"] = paper["kind"] in needed
        paper["file"] = files.get(paper["kind"])
        paper["needers"] = [names.get(code, code) for code in paper["needed_by"]]
    joint = [
        {"name": words.JOINT[key], "state": state, "words": words.JOINT_STATE[state]}
        for key, state in shown["joint"].items()
    ]
    may = may_with(user, case)
    return {
        "case": case,
        "shown": shown,
        "joint": joint,
        "joint_tasks": [
            t | {"place": places[t["organisation"]]} for t in tasks if t["matter"] is None
        ],
        "recent": events[:RECENT],
        "older": events[RECENT:],
        "kinds": [
            (kind, catalogue.name({"name": row}))
            for kind, row in catalogue.kinds().items()
            if sight.covers_kind(kind)
        ],
        "may": may,
        "relatives": case.relatives.select_related("user").order_by("pk"),
        "colleagues": _colleagues(case) if may["declare_relative"] else [],
    }


def _colleagues(case: Case) -> list[tuple[str, str]]:
    """Staff of the case's township: username and name."""
    rows = User.objects.filter(assignments__org_unit=case.township_id, is_active=True)
    return list(rows.order_by("name").distinct().values_list("username", "name"))


def _people(case: Case, matters: list[Matter]) -> dict[int, str]:
    """Whom a matter is for, where that is not the applicant."""
    return {
        row.pk: row.person.name
        for row in matters
        if row.person is not None and row.person_id != case.applicant_id
    }


def processes(case: Case, sight: Sight) -> list[Json]:
    """The matters whose processes can be looked at."""
    rows = case.matters.select_related("person").order_by("pk")
    found = []
    for row in (row for row in rows if sight.covers(row.pk)):
        name = catalogue.name(catalogue.package(row.package_id).settings)
        if row.person is not None and row.person_id != case.applicant_id:
            name += f"（{row.person.name}）"
        found.append({"id": row.pk, "key": str(row.pk), "name": name})
    return found


def required(matters: Iterable[Matter]) -> set[str]:
    """Kinds of paper that one of a case's matters cannot do without."""
    packages = {catalogue.package(row.package_id) for row in matters}
    return {
        paper["kind"]
        for package in packages
        for paper in package.settings.get("materials", [])
        if paper.get("required")
    }


def instance_of(case: Case, matter: str, sight: Sight) -> Instance:
    """The process of a matter of the case by its id, the intake's without one."""
    owner_type, owner_id = "intake", case.pk
    if matter:
        if not matter.isascii() or not matter.isdigit() or len(matter) > 18:
            raise MissingError
        owner_type, owner_id = "matter", int(matter)
        if not sight.covers(owner_id):
            raise MissingError
    rows = Instance.objects.filter(
        owner_type=owner_type, owner_id=owner_id, subject_id=case.pk
    ).select_related("definition")
    found = rows.order_by("-pk").first()
    if found is None:
        raise MissingError
    return found
