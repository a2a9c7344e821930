"""One task: what is known, its form, and what may be done with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import catalogue, taskpage, worklists
from cases.forms import read_answers
from cases.services import work_items
from cases.views import is_fragment, user_of
from common import clock
from common.errors import InputError, ServiceError
from common.pages import problem_of
from permissions.access_log import record
from workflows.models import WorkItem


@dataclass
class Again:
    """A refused request: what is wrong, what was typed, which fold was open."""

    error: ServiceError | None = None
    values: dict[str, Any] = field(default_factory=dict)
    fold: str = ""


@login_required
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A task on its own page, or beside the list."""
    return _panel(request, pk)


def _panel(
    request: HttpRequest, pk: int, again: Again | None = None, notice: str = ""
) -> HttpResponse:
    again = again or Again()
    values = taskpage.context(pk, user_of(request), typed=again.values)
    record(kind="view", case_id=values["case"].pk)
    values |= {"view": _view(request), "notice": notice, "fold": again.fold}
    if again.error is not None:
        values["problem"] = problem_of(again.error, labels=values["form"].labels())
        values["form"].mark(again.error.errors)
        values["again"] = request.POST
        values["again_kinds"] = request.POST.getlist("materials")
    name = "cases/_task.html" if is_fragment(request) else "cases/task.html"
    status = again.error.status if again.error else 200
    return render(request, name, values, status=status)


def _view(request: HttpRequest) -> str:
    found = request.POST.get("view") or request.GET.get("view") or "mine"
    return found if found in worklists.VIEWS else "mine"


def _do(
    request: HttpRequest, pk: int, do: Callable[[], Any], done: str, *, fold: str = ""
) -> HttpResponse:
    """Run a use case; then the next task opens by itself, with a line that says what was done."""
    try:
        do()
    except ServiceError as error:
        if error.status == 404:
            raise
        return _panel(request, pk, Again(error, fold=fold))
    return _next(request, pk, done)


def _next(request: HttpRequest, pk: int, done: str) -> HttpResponse:
    view = _view(request)
    following = worklists.next_item(user_of(request), view, done=pk)
    if not is_fragment(request):
        messages.success(request, done)
        return redirect("task", following.pk) if following else redirect("tasks")
    if following is None:
        response = render(request, "cases/_task_none.html", {"notice": done})
    else:
        response = _panel(request, following.pk, notice=done)
    return _changed(request, response, following)


def _changed(request: HttpRequest, response: HttpResponse, shown: WorkItem | None) -> HttpResponse:
    """Tell the list beside that it is out of date; a task's own page gets the next address."""
    response["HX-Trigger"] = "work-changed"
    here = getattr(request, "htmx").current_url_abs_path or ""  # noqa: B009 - set by middleware
    alone = here.split("?")[0].strip("/").split("/")[1:]
    if alone:
        response["HX-Push-Url"] = reverse("task", args=[shown.pk]) if shown else reverse("tasks")
    return response


def _title(pk: int) -> str:
    """What a message calls an item: matter and step."""
    item = WorkItem.objects.select_related("instance").get(pk=pk)
    package = catalogue.package_of_definition(item.instance.definition_id)
    return f"{catalogue.name(package.settings)} · {item.name}"


@login_required
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        item = work_items.claim(actor=user_of(request), item_id=pk)
    except ServiceError as error:
        if error.status == 404:
            raise
        return _panel(request, pk, Again(error))
    if not is_fragment(request):
        return redirect("task", pk)
    return _changed(request, _panel(request, pk), item)


@login_required
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(
        request,
        pk,
        lambda: work_items.release(actor=user_of(request), item_id=pk),
        _("已放回，同事可以认领：%s") % _title(pk),
    )


@login_required
@require_POST
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish a task with the answers of its form."""
    answers = read_answers(taskpage.schema_of(pk, user_of(request)), request.POST)
    try:
        work_items.complete_work_item(actor=user_of(request), item_id=pk, data=answers)
    except ServiceError as error:
        if error.status == 404:
            raise
        return _panel(request, pk, Again(error, values=answers))
    return _next(request, pk, _("已办：%s") % _title(pk))


@login_required
@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is typed; says when, or why not, and never disturbs the typing."""
    user = user_of(request)
    answers = read_answers(taskpage.schema_of(pk, user), request.POST)
    try:
        work_items.save_draft(actor=user, item_id=pk, data=answers)
    except ServiceError as error:
        return render(request, "cases/_saved.html", {"problem": problem_of(error)})
    return render(request, "cases/_saved.html", {"at": clock.now()})


@login_required
@require_POST
def supplement(request: HttpRequest, pk: int) -> HttpResponse:
    kinds = request.POST.getlist("materials")

    def ask() -> None:
        if not kinds:
            raise InputError("invalid-data", _("请勾选缺哪些材料"), field="materials")
        work_items.ask_supplement(
            actor=user_of(request),
            item_id=pk,
            kinds=kinds,
            message=request.POST.get("message", ""),
        )

    return _do(
        request,
        pk,
        ask,
        _("已通知补正，时限暂停：%s") % _title(pk),
        fold="supplement",
    )


def _pass(
    request: HttpRequest, pk: int, service: Callable[..., Any], done: str, fold: str
) -> HttpResponse:
    return _do(
        request,
        pk,
        lambda: service(
            actor=user_of(request),
            item_id=pk,
            to=request.POST.get("to", ""),
            reason=request.POST.get("reason", ""),
        ),
        done % _title(pk),
        fold=fold,
    )


@login_required
@require_POST
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    return _pass(request, pk, work_items.transfer, _("已转办：%s"), "transfer")


@login_required
@require_POST
def delegate(request: HttpRequest, pk: int) -> HttpResponse:
    return _pass(request, pk, work_items.delegate, _("已委派，办完会回到您这里：%s"), "delegate")


@login_required
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(
        request,
        pk,
        lambda: work_items.return_work_item(
            actor=user_of(request),
            item_id=pk,
            step=request.POST.get("step", ""),
            reason=request.POST.get("reason", ""),
        ),
        _("已退回：%s") % _title(pk),
        fold="return",
    )
