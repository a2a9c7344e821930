"""Rules, evidence and places in people's words; what a rule is called stands in its table."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from cases import catalogue, explain, rulebook
from common import clock
from permissions.models import Division, OrgUnit
from rules.model import Rule
from screening import county, reroutes
from screening.models import Finding, Lead
from screening.services.leads import REPORT

TABLES = (county.LEADS, *county.TABLES)
Names = dict[str, str]


def rules() -> Names:
    """What every rule of the county's tables is about, by its code; reports, too."""
    found = {REPORT: _("人员上报"), reroutes.RULE: _("一项没有确认，但符合另一项")}
    for question in rulebook.county_questions(TABLES, on=clock.today()):
        table = question.table.table
        place = [column.name for column in table.outputs].index("rule")
        for row in table.rules:
            code = row.outputs[place].text.strip().strip('"') or row.id
            found.setdefault(code, rulebook.reason_of(row).rstrip("。."))
    return found


def _rows() -> dict[tuple[str, str], Rule]:
    """Rows of the county's tables by table and id."""
    return {
        (question.key, row.id): row
        for question in rulebook.county_questions(TABLES, on=clock.today())
        for row in question.table.table.rules
    }


def reasons(found: Iterable[Lead | Finding]) -> dict[int, str]:
    """Why each was found, in the reader's language as far as its table still says the same."""
    rows = _rows()
    return {row.pk: _reason(row, rows.get((row.table, row.row))) for row in found}


def _reason(found: Lead | Finding, row: Rule | None) -> str:
    if lacks := getattr(found, "missing", []):
        return explain.cannot_tell(lacks)
    if found.rule == reroutes.RULE:
        return reroutes.reason(found.matter, found.other_matter)
    is_same = row is not None and row.description == found.reason
    return rulebook.reason_of(row) if is_same else found.reason


def evidence(found: Lead | Finding) -> dict[str, Any] | None:
    """What the rule read, for `screening/_evidence.html`; None where no rule was asked."""
    told = {
        "table": found.table,
        "version": found.version,
        "row": found.row,
        "article": found.article,
        "facts": found.facts,
        "missing": getattr(found, "missing", []),
    }
    return explain.in_words(told)


def matters() -> Names:
    """Names of the matters that one may apply for, by code."""
    return {package.code: catalogue.name(package.settings) for package in catalogue.matters()}


def named(codes: Iterable[str], names: Names) -> list[dict[str, str]]:
    """Matters by code and name; without those that are none of the catalogue."""
    return [{"code": code, "name": names[code]} for code in codes if code in names]


def villages(codes: Iterable[str]) -> Names:
    """Names of divisions by code, in one query."""
    return dict(Division.objects.filter(code__in=set(codes)).values_list("code", "name"))


def lead_of(matter: str) -> str:
    """The department that leads a matter."""
    package = catalogue.newest().get(matter)
    code = package.settings.get("lead", "") if package else ""
    return OrgUnit.objects.filter(code=code).values_list("name", flat=True).first() or code
