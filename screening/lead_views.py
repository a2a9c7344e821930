"""Leads: the list, one lead and what may be done with it, a report, how often rules are right."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.errors import MissingError, ServiceError
from common.pages import problem_of
from permissions.access_log import record
from permissions.people import user_of
from screening import lead_board, words
from screening.models import Lead, LeadSource
from screening.services import leads

PAGE = 15
TYPED = ("channel", "text", "urgency", "matter", "id_number", "name", "place", "division")


@login_required
@require_GET
def lead_list(request: HttpRequest) -> HttpResponse:
    """Leads that one sees, the nearest limit first."""
    user, view = user_of(request), request.GET.get("view", "")
    if view not in lead_board.VIEWS:
        view = lead_board.RUNNING
    seen = Lead.objects.visible_to(user)
    page = Paginator(lead_board.narrowed(seen, view), PAGE).get_page(request.GET.get("page"))
    record(
        kind="search",
        person_ids=[row.person_id for row in page.object_list],
        household_ids=[row.household_id for row in page.object_list],
    )
    values = {
        "view": view,
        "chips": lead_board.chips(seen),
        "page": page,
        "rows": lead_board.lines(list(page.object_list)),
        "may_report": user.access.may("lead.report"),
        "is_overseer": user.access.may("lead.see_precision"),
    }
    return render(request, "screening/leads/leads.html", values)


@login_required
@require_GET
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead: what was seen, and the next step."""
    return _page(request, pk)


def _page(
    request: HttpRequest, pk: int, error: ServiceError | None = None, fold: str = ""
) -> HttpResponse:
    user = user_of(request)
    rows = Lead.objects.visible_to(user)
    related = ("person", "household", "township", "taken_by", "closed_by")
    found = rows.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise MissingError
    record(kind="view", person_ids=[found.person_id], household_id=found.household_id)
    values = lead_board.context(found, user) | {"fold": fold}
    if error is not None:
        values["problem"] = problem_of(error, labels=_labels(), prefix=f"id_{fold}_")
        values["again"] = request.POST
        values["ticked"] = request.POST.getlist("matters")
    status = error.status if error else 200
    return render(request, "screening/leads/lead.html", values, status=status)


def _labels() -> dict[str, str]:
    return {
        "note": _("走访情况"),
        "reason": _("理由"),
        "matters": _("事项"),
        "consent": _("授权书"),
        "id_number": _("身份证号"),
        "name": _("姓名"),
        "text": _("情况"),
        "channel": _("来源"),
        "urgency": _("缓急"),
        "matter": _("可能的事项"),
        "division": _("所在村（社区）"),
    }


def _do(
    request: HttpRequest, pk: int, do: Callable[[], Lead], done: Callable[[Lead], str], fold: str
) -> HttpResponse:
    try:
        found = do()
    except ServiceError as error:
        if error.status == 404:
            raise
        return _page(request, pk, error, fold)
    messages.success(request, done(found))
    return redirect("lead", pk)


@login_required
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """接收."""
    return _do(
        request,
        pk,
        lambda: leads.take(actor=user_of(request), lead_id=pk),
        lambda _lead: _("已接收，由您走访。走访后在这里记录情况。"),
        "take",
    )


@login_required
@require_POST
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """走访."""
    return _do(
        request,
        pk,
        lambda: leads.record_visit(
            actor=user_of(request), lead_id=pk, note=request.POST.get("note", "")
        ),
        lambda _lead: _("走访情况已记录，请选择怎么办结。"),
        "visit",
    )


@login_required
@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """办结: a case, or another end."""
    typed, decision = request.POST, request.POST.get("decision", "")

    def do() -> Lead:
        return leads.resolve(
            actor=user_of(request),
            lead_id=pk,
            decision=decision,
            reason=typed.get("reason", ""),
            matters=typed.getlist("matters"),
            consent=bool(typed.get("consent")),
            id_number=typed.get("id_number", ""),
            name=typed.get("name", ""),
        )

    fold = decision if decision in leads.DECISIONS else "dismissed"
    return _do(request, pk, do, _ended, fold)


def _ended(lead: Lead) -> str:
    if lead.case is not None:
        return _("已立案，办件号 %s，各部门同时办理。") % lead.case.number
    return _("线索已办结：%s。") % lead.get_result_display()


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """上报线索."""
    user = user_of(request)
    user.access.require("lead.report")
    if request.method == "GET":
        return _report_page(request)
    typed = {name: request.POST.get(name, "") for name in TYPED}
    try:
        found = leads.report(actor=user, **typed)
    except ServiceError as error:
        return _report_page(request, error)
    messages.success(request, _("线索已上报，送%s接收走访。") % found.township.name)
    return redirect("lead", found.pk)


def _report_page(request: HttpRequest, error: ServiceError | None = None) -> HttpResponse:
    places = lead_board.places(user_of(request))
    first = {"urgency": "normal", "division": places[0].code if len(places) == 1 else ""}
    filled: Any = request.POST if error else first
    values = {
        "filled": filled,
        "channels": [(code, LeadSource.Channel(code).label) for code in leads.CHANNELS],
        "urgencies": Lead.Urgency.choices,
        "matters": words.matters(),
        "places": places,
        "problem": problem_of(error, labels=_labels()) if error else None,
    }
    status = error.status if error else 200
    return render(request, "screening/leads/report.html", values, status=status)


@login_required
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """How often each rule was right."""
    user = user_of(request)
    user.access.require("lead.see_precision")
    names = words.rules()
    rows: list[dict[str, Any]] = leads.precision(user)
    for row in rows:
        row["name"] = names.get(row["rule"], row["rule"])
        if row["precision"] is not None:
            row["percent"] = round(row["precision"] * 100)
    rows.sort(key=lambda row: -row["opened"])
    return render(request, "screening/leads/rules.html", {"rows": rows})
