"""Who sees a case and why; named exceptions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import audience
from cases.models import Case
from cases.services import shares
from cases.views import user_of, visible_case
from cases.visibility import may_with, require_case
from common import clock, typed
from common.errors import InputError, ServiceError
from common.pages import problem_of
from permissions.models import OrgUnit


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who sees the case, with the ground; a form to share it."""
    case = visible_case(request, pk)
    require_case(user_of(request), pk, "case.see_access")
    if request.method == "GET":
        return _page(request, case)
    try:
        until = typed.day(request.POST.get("until", ""), field="until")
        if until is None:
            raise InputError("invalid-data", _("请填日期"), field="until")
        shares.share_case(
            actor=user_of(request),
            case_id=pk,
            username=request.POST.get("username", ""),
            organisation=request.POST.get("organisation", ""),
            until=until,
            reason=request.POST.get("reason", ""),
        )
    except ServiceError as error:
        return _page(request, case, error)
    messages.success(request, _("已授权，到期自动失效。"))
    return redirect("case-access", pk)


@login_required
@require_POST
def end(request: HttpRequest, pk: int, kind: str, share_pk: int) -> HttpResponse:
    """Take a share back."""
    shares.end_share(actor=user_of(request), case_id=pk, kind=kind, share_id=share_pk)
    messages.success(request, _("已收回。"))
    return redirect("case-access", pk)


def _page(request: HttpRequest, case: Case, error: ServiceError | None = None) -> HttpResponse:
    may = may_with(user_of(request), case)
    values: dict[str, Any] = {
        "case": case,
        "viewers": audience.viewers(case),
        "shares": audience.shares(case) if may["share"] else [],
        "may_share": may["share"],
        "organisations": OrgUnit.objects.order_by("code").values_list("code", "name"),
        "today": clock.today(),
        "again": request.POST,
    }
    if error is not None:
        labels = {"username": _("同事的用户名"), "until": _("看到哪天"), "reason": _("理由")}
        values["problem"] = problem_of(error, labels=labels)
    return render(request, "cases/access.html", values, status=error.status if error else 200)
