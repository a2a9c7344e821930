"""The window 受理: read a card, tick what applies, open the case, print the receipt."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from cases import casepage, desk, opening, represent, words
from cases.services import intake
from cases.views import is_fragment, user_of, visible_case
from common import clock
from common.errors import ServiceError
from common.pages import problem_of
from permissions.access_log import record


@login_required
@require_GET
def window(request: HttpRequest) -> HttpResponse:
    """The card field, waiting."""
    user_of(request).access.require("case.open")
    return render(request, "cases/window.html", {"today": clock.today()})


@login_required
@require_POST
def lookup(request: HttpRequest) -> HttpResponse:
    """A card was read: the holder and what may be applied for."""
    number = request.POST.get("id_number", "")
    try:
        values = desk.context(user_of(request), number)
    except ServiceError as error:
        if error.status == 403:
            raise
        return _answer(request, {"problem": problem_of(error, labels=desk.labels())}, error.status)
    if values["found"] is None:
        record(kind="refused")
    return _answer(request, values)


def _answer(request: HttpRequest, values: dict[str, Any], status: int = 200) -> HttpResponse:
    values.setdefault("id_number", request.POST.get("id_number", ""))
    name = "cases/_application.html" if is_fragment(request) else "cases/window.html"
    return render(request, name, values, status=status)


@login_required
@require_POST
def open_case(request: HttpRequest) -> HttpResponse:
    """受理: all matters begin at once; then the receipt."""
    user = user_of(request)
    wanted: list[opening.Wanted] = []
    try:
        asked = desk.read(request.POST)
        wanted = asked["matters"]
        case = intake.open_case(actor=user, **asked)
    except ServiceError as error:
        desk.point(error, wanted)
        return _refused(request, error)
    address = reverse("receipt", args=[case.pk]) + "?print=1"
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _refused(request: HttpRequest, error: ServiceError) -> HttpResponse:
    """The same form with what was ticked and typed, and what is wrong."""
    problem = problem_of(error, labels=desk.labels())
    try:
        values = desk.context(user_of(request), request.POST.get("id_number", ""), request.POST)
    except ServiceError:
        values = {}
    return _answer(request, values | {"problem": problem}, error.status)


@login_required
@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """What the applicant takes home: number, matters, until when, and no need to come again."""
    case = visible_case(request, pk)
    record(kind="print", case_id=case.pk)
    shown = represent.case(case, user_of(request))
    names = {row["code"]: row["name"] for row in shown["matters"]}
    leads = _leads(case)
    for row in shown["matters"]:
        row["lead"] = leads.get(row["id"], "")
        row["waits"] = words.waiting_for(row["waiting_for"], names)
    needed = casepage.required(case.matters.all())
    values = {
        "case": case,
        "shown": shown,
        "missing": [
            row
            for row in shown["materials"]
            if row["status"] == "missing" and row["kind"] in needed
        ],
        "last_day": max((row["due_on"] for row in shown["matters"] if row["due_on"]), default=None),
    }
    return render(request, "cases/receipt.html", values)


def _leads(case: Any) -> dict[int, str]:
    """The leading organisation's name for each matter of a case."""
    codes = {m.pk: m.package.settings["lead"] for m in case.matters.select_related("package")}
    names = words.organisations(codes.values())
    return {pk: names.get(code, code) for pk, code in codes.items()}
