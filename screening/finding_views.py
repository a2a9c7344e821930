"""Findings: the list by kind, one with its evidence, and whether it is so."""

from collections.abc import Container
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.errors import MissingError, ServiceError
from common.pages import problem_of
from permissions.access_log import record
from permissions.people import user_of
from screening import finding_board, words
from screening.models import Finding
from screening.services import findings

PAGE = 20


@login_required
@require_GET
def finding_list(request: HttpRequest) -> HttpResponse:
    """Findings that one sees: a kind, a matter, a status."""
    asked = request.GET
    names = words.matters()
    status = _one(asked, "status", Finding.Status.values, "open")
    matter = _one(asked, "matter", names, "")
    kind = _one(asked, "kind", Finding.Kind.values, finding_board.EVERY)
    rows = Finding.objects.visible_to(user_of(request)).filter(status=status)
    if matter:
        rows = rows.filter(matter=matter)
    chips = finding_board.chips(rows)
    if kind != finding_board.EVERY:
        rows = rows.filter(kind=kind)
    page = Paginator(finding_board.in_order(rows), PAGE).get_page(asked.get("page"))
    record(kind="search", person_ids=[row.person_id for row in page.object_list])
    values: dict[str, Any] = {
        "chips": chips,
        "yuan": next(chip["yuan"] for chip in chips if chip["code"] == kind),
        "kind": kind,
        "matter": matter,
        "status": status,
        "matters": names,
        "statuses": Finding.Status.choices,
        "narrowed": urlencode({"status": status, "matter": matter}),
        "page": page,
        "rows": finding_board.lines(list(page.object_list)),
    }
    return render(request, "screening/findings/findings.html", values)


def _one(asked: QueryDict, name: str, known: Container[str], otherwise: str) -> str:
    text = asked.get(name, "")
    return text if text in known else otherwise


@login_required
@require_GET
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding with its evidence."""
    return _page(request, pk)


def _page(
    request: HttpRequest, pk: int, error: ServiceError | None = None, fold: str = ""
) -> HttpResponse:
    user = user_of(request)
    rows = Finding.objects.visible_to(user).select_related("person", "household", "resolved_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise MissingError
    record(kind="view", person_ids=[found.person_id], household_id=found.household_id)
    values = finding_board.context(found, user) | {"fold": fold}
    if error is not None:
        values["problem"] = problem_of(error, labels={"reason": _("理由")}, prefix=f"id_{fold}_")
        values["again"] = request.POST
    status = error.status if error else 200
    return render(request, "screening/findings/finding.html", values, status=status)


@login_required
@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """属实 or 不属实, with a reason."""
    decision = request.POST.get("decision", "")
    try:
        found = findings.resolve(
            actor=user_of(request),
            finding_id=pk,
            decision=decision,
            reason=request.POST.get("reason", ""),
        )
    except ServiceError as error:
        if error.status == 404:
            raise
        fold = decision if decision in findings.DECISIONS else "dismissed"
        return _page(request, pk, error, fold)
    messages.success(request, _done(found))
    return redirect("finding", pk)


def _done(found: Finding) -> str:
    if found.status == "dismissed":
        return _("已记为不属实；情况不变就不再提示。")
    if found.case is not None:
        return _("已核实属实并立案，办件号 %s。") % found.case.number
    if found.lead is not None:
        return _("已核实属实，转乡镇（街道）走访。")
    if found.kind in {"duplicate", "excessive"} and found.corrections.exists():
        return _("已核实属实，提请主管部门核定停发；核定之前照常发放。")
    return _("已核实属实，记录在案。")
