"""The rules and a tried change as the pages say them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases import amendments, catalogue, rulebook
from cases.models import Case, Package
from common.identity import mask_name
from households.visibility import people_open_to, people_visible_to
from permissions.models import User
from rules.errors import RuleError
from rules.model import Model, Table
from rules.parameters import held, in_force
from rules.read import read
from screening.models.rehearsals import Rehearsal
from screening.policy_words import number, parameter_names, source
from screening.rehearsal import COUNTY, KINDS, read_key

Json = dict[str, Any]
SHOWN_CASES = 20


def parameters(*, on: date) -> list[Json]:
    """Each parameter: name, what it is now, since when, by what, what is to come, who reads it."""
    rows = rulebook.deployed_parameters()
    standing, readers = held(rows, on), _readers(on)
    names = parameter_names(catalogue.newest().get(rulebook.RULES))
    told = []
    for key in dict.fromkeys(row.key for row in rows):
        now = standing.get(key, {}).get("")
        later = [row for row in rows if (row.key, row.area) == (key, "") and row.starts_on > on]
        later.sort(key=lambda row: row.starts_on)
        told.append(
            {
                "key": key,
                "name": names.get(key, key),
                "value": number(now.value) if now else "",
                "since": now.starts_on if now else None,
                "source": source(now.source) if now else "",
                "later": [{"value": number(r.value), "since": r.starts_on} for r in later],
                "readers": readers.get(key, []),
            }
        )
    return told


def _readers(on: date) -> dict[str, list[str]]:
    """The matters whose tables read a parameter."""
    found: dict[str, list[str]] = {}
    for package in catalogue.matters():
        question = rulebook.question(package, on=on)
        for name in question.names if question else ():
            found.setdefault(name, []).append(catalogue.name(package.settings))
    return found


def title(name: str) -> str:
    """A table's name for people, by its short name."""
    county = {
        "missed": _("筛查：应享未享"),
        "duplicate": _("筛查：重复享受"),
        "excessive": _("筛查：超标享受"),
        "leads": _("筛查：主动发现线索"),
    }
    if name in county:
        return county[name]
    package = catalogue.newest().get(name)
    return _("%s：谁符合条件") % catalogue.name(package.settings) if package else name


def tables(*, on: date) -> list[Json]:
    """Each table that can be changed: name, version, since when, what is to come."""
    newest = catalogue.newest()
    codes = [package.code for package in catalogue.matters()]
    told = []
    for name in [*codes, *COUNTY]:
        code, table = read_key(name)
        package = newest.get(code)
        days = [day for day, _text in amendments.tables_of(package, table)] if package else []
        if package is not None and days:
            held = [day for day in days if day and day <= str(on)]
            told.append(
                {
                    "name": name,
                    "title": title(name),
                    "version": package.version,
                    "since": held[-1] if held else "",
                    "later": [day for day in days if day > str(on)],
                }
            )
    return told


def short_title(found: Rehearsal) -> str:
    """What is changed, in one line."""
    names = parameter_names(catalogue.newest().get(rulebook.RULES))
    told = [f"{names.get(key, key)} → {number(v)}" for key, v in found.parameters.items()]
    return _("；").join([*told, *(title(name) for name in found.tables)])


def changed(found: Rehearsal) -> Json:
    """What is changed, value by value and cell by cell, beside what held when it was tried."""
    packages = _packages(found)
    rules = packages.get(rulebook.RULES)
    values = in_force(rulebook.parameters_of(rules), found.on) if rules else {}
    names = parameter_names(rules)
    rows = [
        {
            "key": key,
            "name": names.get(key, key),
            "now": number(values[key][""]) if "" in values.get(key, {}) else "",
            "then": number(value),
        }
        for key, value in found.parameters.items()
    ]
    given = [
        {
            "name": name,
            "title": title(name),
            "lines": list(_differences(packages[read_key(name)[0]], name, text, found.on)),
        }
        for name, text in found.tables.items()
    ]
    return {"parameters": rows, "tables": given}


def _packages(found: Rehearsal) -> dict[str, Package]:
    """The versions that a change was tried with; the newest where it was not asked yet."""
    wanted = Q(pk__in=[])
    for code, version in found.versions.items():
        wanted |= Q(code=code, version=version)
    ids = Package.objects.filter(wanted).values_list("code", "pk")
    return catalogue.newest() | {code: catalogue.package(pk) for code, pk in ids}


def _differences(package: Package, name: str, text: str, on: date) -> Iterator[Json]:
    """Rows that come, go, or have another cell."""
    _code, table = read_key(name)
    try:
        now = _rows(read((amendments.table_on(package, table, on) or "").encode()), table)
        then = _rows(read(text.encode()), table)
    except RuleError:  # checked when it was sent: by an older program
        return
    for row in dict.fromkeys([*now, *then]):
        before, after = now.get(row), then.get(row)
        if before is None or after is None:
            word = _("新增") if before is None else _("删去")
            yield {"row": row, "what": word, "before": "", "after": ""}
            continue
        for column in dict.fromkeys([*before, *after]):
            cells = before.get(column, ""), after.get(column, "")
            if cells[0] != cells[1]:
                yield {"row": row, "what": column, "before": cells[0], "after": cells[1]}


def _rows(model: Model, table: str) -> dict[str, dict[str, str]]:
    """Cells by row and column; of the decisions that a table rests on, their texts."""
    found: dict[str, dict[str, str]] = {}
    for decision in model.decisions.values():
        logic = decision.logic
        if not isinstance(logic, Table):
            found[decision.name] = {_("算法"): getattr(logic, "text", "")}
            continue
        prefix = "" if decision.id == table else f"{decision.name} "
        for rule in logic.rules:
            columns = [*logic.inputs, *logic.outputs]
            cells = [*rule.inputs, *rule.outputs]
            told = {
                c.label or c.name or c.text: cell.text
                for c, cell in zip(columns, cells, strict=True)
            }
            found[prefix + rule.id] = told | {_("理由"): rule.description}
    return found


def report(found: Rehearsal, user: User) -> Json:
    """The report with names: matters, divisions, rules, a few examples each, as far as a user may
    see them."""
    told: Json = found.report or {}
    names = {package.code: catalogue.name(package.settings) for package in catalogue.matters()}
    matters = [
        row | {"code": code, "name": names.get(code, code), "kinds": kinds()}
        for code, row in told["by_matter"].items()
    ]
    findings = [
        row | {"code": code, "name": _rule(row) or code, "kinds": finding_kinds()}
        for code, row in told["by_rule"].items()
    ]
    running = _running(told, names, user)
    groups = [row for row in [*matters, *findings] if row["examples"]]
    people = _people(groups, user)
    for row in groups:
        row["examples"] = [
            example | people[example["person_no"]]
            for example in row["examples"]
            if example["person_no"] in people
        ]
    return {
        "totals": {key: told[key] for key in (*KINDS, "cost_month", "cost_year")},
        "matters": matters,
        "divisions": [row | {"code": code} for code, row in told["by_division"].items()],
        "findings": findings,
        "running": running,
        "running_count": told["running"]["count"],
        "examples": groups,
        "kinds": kinds(),
        "finding_kinds": finding_kinds(),
    }


def _rule(row: Json) -> str:
    """A rule in words: the reason that its row gives."""
    sides = [example[side] for example in row["examples"] for side in ("now", "then")]
    return next((side["reason"] for side in sides if side["row"]), "")


def _running(told: Json, names: dict[str, str], user: User) -> list[Json]:
    """Open matters, with the numbers of the first cases."""
    rows = told["running"]["by_matter"]
    shown = {pk for row in rows.values() for pk in row["cases"][:SHOWN_CASES]}
    cases = Case.objects.visible_to(user).filter(pk__in=shown)
    numbers = dict(cases.order_by("pk").values_list("pk", "number"))
    return [
        {
            "name": names.get(code, code),
            "count": row["count"],
            "cases": [(pk, numbers[pk]) for pk in row["cases"][:SHOWN_CASES] if pk in numbers],
            "more": max(len(row["cases"]) - SHOWN_CASES, 0),
        }
        for code, row in rows.items()
    ]


def _people(groups: list[Json], user: User) -> dict[str, Json]:
    """Names by register number; of those whom one does not see, masked and without a household."""
    numbers = {example["person_no"] for row in groups for example in row["examples"]}
    rows = people_open_to(user, "rule.see").filter(person_no__in=numbers)
    veiled = {
        number: {"name": mask_name(name), "household_no": None}
        for number, name in rows.values_list("person_no", "name")
    }
    seen = people_visible_to(user).filter(person_no__in=numbers)
    return veiled | {
        number: {"name": name} for number, name in seen.values_list("person_no", "name")
    }


def finding_kinds() -> dict[str, str]:
    """Kinds of change of a finding."""
    return kinds() | {"enters": _("新查出"), "leaves": _("不再查出")}


def kinds() -> dict[str, str]:
    """Kinds of change by code."""
    return {
        "enters": _("纳入"),
        "leaves": _("退出"),
        "changes": _("变动"),
        "unclear": _("无法判断"),
    }
