"""Accounts and roles, for the security administrator; what was done, also for the auditor."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import typed
from common.errors import MissingError, ServiceError
from common.pages import problem_of
from permissions import account_board
from permissions.models import AccountAct, OrgUnit, RoleAssignment, User
from permissions.people import user_of
from permissions.services import accounts, roles

PAGE = 50


@login_required
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """Staff by organisation."""
    user_of(request).access.require("account.manage")
    organisation = request.GET.get("organisation", "")[:40].replace("\0", "")
    words = request.GET.get("q", "")[:60].replace("\0", "").strip()
    found = account_board.staff(organisation=organisation, words=words)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    values = {
        "page": page,
        "rows": account_board.lines(list(page.object_list)),
        "organisations": OrgUnit.objects.order_by("pk"),
        "organisation": organisation,
        "words": words,
    }
    return render(request, "permissions/accounts.html", values)


@login_required
@require_http_methods(["GET", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """An account; its first password is shown this once."""
    actor = user_of(request)
    actor.access.require("account.manage")
    values: dict[str, object] = {"again": request.POST}
    if request.method == "POST":
        typed_in = {name: _line(request, name) for name in ("username", "name", "phone")}
        try:
            user, password = accounts.create_account(actor=actor, **typed_in)
        except ServiceError as error:
            values["problem"] = problem = problem_of(error, labels=_labels())
            return render(request, "permissions/new_account.html", values, status=problem.status)
        return _issued(request, user, password)
    return render(request, "permissions/new_account.html", values)


@login_required
@require_GET
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account."""
    return _page(request, pk)


@login_required
@require_POST
def issue_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Shown this once: not a redirect, and no cache keeps it."""
    try:
        password = accounts.issue_password(actor=user_of(request), user_id=pk)
    except ServiceError as error:
        return _page(request, pk, error)
    return _issued(request, User.objects.get(pk=pk), password)


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Deactivate, activate, unlock, sign out, take the second factor off."""
    verbs = {
        "deactivate": (accounts.deactivate_account, _("账号已停用，登录和令牌已结束。")),
        "activate": (accounts.activate_account, _("账号已恢复。")),
        "unlock": (accounts.unlock_account, _("已解除锁定，本人可以马上登录。")),
        "end-sessions": (accounts.end_sessions, _("全部登录和令牌已结束。")),
        "reset-factor": (accounts.reset_factor, _("动态口令已重置，本人下次登录时重新绑定。")),
    }
    if verb not in verbs:
        raise MissingError
    do, done = verbs[verb]
    return _do(request, pk, lambda: do(actor=user_of(request), user_id=pk), done)


@login_required
@require_POST
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """A role."""

    def do() -> object:
        return roles.grant_role(
            actor=user_of(request),
            user_id=pk,
            organisation=_line(request, "organisation"),
            role=_line(request, "role"),
            division=_line(request, "division"),
            starts_on=typed.day(_line(request, "starts_on"), field="starts_on"),
            ends_on=typed.day(_line(request, "ends_on"), field="ends_on"),
        )

    return _do(request, pk, do, _("岗位已授予。"))


@login_required
@require_POST
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    """A role, today or on a later day."""
    found = RoleAssignment.objects.filter(pk=pk).first()
    if found is None:
        raise MissingError

    def do() -> object:
        day = typed.day(_line(request, "ends_on"), field="ends_on")
        return roles.end_role(actor=user_of(request), assignment_id=pk, ends_on=day)

    return _do(request, found.user_id, do, _("岗位已终止。"))


@login_required
@require_GET
def acts(request: HttpRequest) -> HttpResponse:
    """What was done to accounts, the newest first."""
    user_of(request).access.require("account.see_acts")
    rows = AccountAct.objects.select_related("user", "actor").order_by("-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "permissions/acts.html", {"page": page, "acts": page.object_list})


def _do(request: HttpRequest, pk: int, do: Callable[[], object], done: str) -> HttpResponse:
    try:
        do()
    except ServiceError as error:
        if error.status == 404:
            raise
        return _page(request, pk, error)
    messages.success(request, done)
    return redirect("account", pk)


def _page(request: HttpRequest, pk: int, error: ServiceError | None = None) -> HttpResponse:
    actor = user_of(request)
    actor.access.require("account.manage")
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise MissingError
    values = account_board.account(user) | {"is_own": user.pk == actor.pk, "again": request.POST}
    if error is not None:
        values["problem"] = problem_of(error, labels=_labels())
    return render(
        request, "permissions/account.html", values, status=error.status if error else 200
    )


def _issued(request: HttpRequest, user: User, password: str) -> HttpResponse:
    values = {"account": user, "password": password}
    return render(request, "permissions/issued.html", values)


def _line(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:100]


def _labels() -> dict[str, str]:
    return {
        "username": _("用户名"),
        "name": _("姓名"),
        "organisation": _("单位"),
        "role": _("岗位"),
        "division": _("区划"),
        "starts_on": _("起"),
        "ends_on": _("止"),
    }
