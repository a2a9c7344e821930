"""Corrections: what a department has to decide on, and its decision."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common import clock
from common.errors import MESSAGES, MissingError, ServiceError
from common.pages import problem_of
from common.typed import day as read_day
from permissions.access_log import record
from permissions.models import User
from permissions.people import user_of
from screening import finding_board
from screening.models import Correction
from screening.services import corrections

PAGE = 20
COUNT = "count"


@login_required
@require_GET
def correction_list(request: HttpRequest) -> HttpResponse:
    """Stops to decide on, the nearest limit first; and those that were decided."""
    view = request.GET.get("view", "")
    if view not in Correction.Status.values:
        view = "open"
    seen = Correction.objects.visible_to(user_of(request))
    rows = seen.filter(status=view).select_related("finding__person", "org_unit")
    order = ("due_at", "pk") if view == "open" else ("-decided_at", "-pk")
    page = Paginator(rows.order_by(*order), PAGE).get_page(request.GET.get("page"))
    record(kind="search", person_ids=[row.finding.person_id for row in page.object_list])
    values = {
        "view": view,
        "chips": finding_board.correction_chips(seen),
        "page": page,
        "rows": finding_board.correction_lines(page.object_list),
    }
    return render(request, "screening/corrections/corrections.html", values)


@login_required
@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """One correction; counting again what was paid since another day changes nothing."""
    row, typed = _visible(user_of(request), pk), request.POST
    if request.method == "GET":
        return _page(request, row)
    decision, day = typed.get("decision", ""), None
    try:
        day = read_day(typed.get("ends_on", ""), field="ends_on")
        if decision == COUNT:
            return _page(request, row, day=day)
        done = corrections.decide(
            actor=user_of(request),
            correction_id=pk,
            decision=decision,
            reason=typed.get("keep_reason" if decision == "keep" else "reason", ""),
            benefit_id=_number(typed.get("benefit", "")),
            ends_on=day,
            recover=typed.get("recover", "").strip(),
        )
    except ServiceError as error:
        return _page(request, _visible(user_of(request), pk), day=day, error=error)
    messages.success(request, _done(done))
    return redirect("correction", pk)


def _visible(user: User, pk: int) -> Correction:
    related = ("finding__person", "org_unit", "opened_by", "decided_by", "benefit")
    rows = Correction.objects.visible_to(user).select_related(*related)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise MissingError
    return found


def _page(
    request: HttpRequest,
    row: Correction,
    *,
    day: date | None = None,
    error: ServiceError | None = None,
) -> HttpResponse:
    record(kind="view", person_ids=[row.finding.person_id])
    code = corrections.hindrance(user_of(request), row)
    day = day or clock.today()
    values: dict[str, Any] = {
        **finding_board.evidence(row.finding),
        **finding_board.correction_lines([row])[0],
        "hindrance": MESSAGES.get(code, ""),
        "is_same_officer": code == "same-officer",
        "day": day,
        "measure": finding_board.measure(row.benefit) if row.benefit else "",
        "choices": finding_board.choices(row, day) if row.status == "open" else [],
        "again": request.POST,
        "problem": _problem(error, request.POST.get("decision", "")) if error else None,
    }
    status = error.status if error else 200
    return render(request, "screening/corrections/correction.html", values, status=status)


def _problem(error: ServiceError, decision: str) -> Any:
    labels = {
        "benefit": _("待遇"),
        "ends_on": _("停发日期"),
        "recover": _("追缴金额"),
        "reason": _("理由"),
    }
    return problem_of(error, labels=labels, prefix="id_keep_" if decision == "keep" else "id_")


def _done(row: Correction) -> str:
    if row.status == "stopped":
        return _("已停发，幸福清单已更新。")
    return _("已决定继续发放。")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
