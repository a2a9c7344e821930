"""Who stands in for me, and for whom I do."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common import clock, typed
from common.errors import InputError, ServiceError
from common.pages import problem_of
from permissions.models import Substitution, User
from permissions.people import user_of
from permissions.services import substitutes


@login_required
@require_http_methods(["GET", "POST"])
def substitution(request: HttpRequest) -> HttpResponse:
    """My substitutes; name one."""
    user = user_of(request)
    if request.method == "GET":
        return _page(request, user)
    try:
        first = typed.day(request.POST.get("starts_on", ""), field="starts_on")
        last = typed.day(request.POST.get("until", ""), field="until")
        if first is None or last is None:
            raise InputError("invalid-data", _("请填起止日期"), field="until")
        row = substitutes.name_substitute(
            actor=user,
            username=request.POST.get("username", ""),
            starts_on=first,
            until=last,
            reason=request.POST.get("reason", ""),
        )
    except ServiceError as error:
        return _page(request, user, error)
    messages.success(request, _("已登记，由%s代理。") % row.substitute.name)
    return redirect("substitution")


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """I am back."""
    substitutes.end_substitution(actor=user_of(request), substitution_id=pk)
    messages.success(request, _("代理已结束。"))
    return redirect("substitution")


def _page(request: HttpRequest, user: User, error: ServiceError | None = None) -> HttpResponse:
    today = clock.today()
    rows = Substitution.objects.filter(ends_on__gt=today).select_related("absent", "substitute")
    units = {grant.org_unit_id for grant in user.access.grants}
    colleagues = User.objects.filter(assignments__org_unit__in=units, is_active=True)
    values = {
        "mine": rows.filter(absent=user).order_by("starts_on"),
        "others": rows.filter(substitute=user).order_by("starts_on"),
        "colleagues": colleagues.exclude(pk=user.pk).distinct().order_by("name"),
        "today": today,
        "again": request.POST,
    }
    if error is not None:
        labels = {"username": _("代理人"), "until": _("起止日期"), "reason": _("事由")}
        values["problem"] = problem_of(error, labels=labels)
    status = error.status if error else 200
    return render(request, "permissions/substitution.html", values, status=status)
