"""Pages of the rules: what is in force, what a change would do, publishing it."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import amendments, catalogue
from common import clock
from common.errors import InputError, MissingError, ServiceError
from common.http.answers import download
from common.pages import problem_of
from common.templatetags.pages import day
from common.typed import day as read_day
from households.models import Person
from permissions.access_log import record
from permissions.people import user_of
from screening import rehearsal_words as words
from screening.models.rehearsals import Rehearsal
from screening.rehearsal import read_key
from screening.services import rehearsals

PAGE = 10
MAX_TABLE = 1_000_000
PREFIX = "set_"


@login_required
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Parameters and tables in force, a form to try others, what was tried."""
    user_of(request).access.require("rule.see")
    return _rules(request)


def _rules(request: HttpRequest, error: ServiceError | None = None) -> HttpResponse:
    user, today = user_of(request), clock.today()
    tried = Rehearsal.objects.visible_to(user).select_related("author").defer("report", "tables")
    page = Paginator(tried.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    parameters = words.parameters(on=today)
    for row in parameters:
        row["typed"] = request.POST.get(PREFIX + row["key"], "")
    problem = problem_of(error, labels=_labels(parameters), prefix="id_") if error else None
    values = {
        "parameters": parameters,
        "tables": words.tables(on=today),
        "page": page,
        "tried": [{"row": row, "title": words.short_title(row)} for row in page.object_list],
        "today": today,
        "posted": request.POST,
        "problem": problem,
        "wrong": {field.id: field.message for field in problem.fields} if problem else {},
    }
    return render(request, "screening/rules.html", values, status=error.status if error else 200)


def _labels(parameters: list[dict[str, Any]]) -> dict[str, str]:
    told = {f"parameters.{row['key']}": row["name"] for row in parameters}
    return told | {"on": _("试算日期"), "source": _("依据"), "file": _("决策表文件")}


@login_required
@require_POST
def try_change(request: HttpRequest) -> HttpResponse:
    """Keep what was typed as a change to be tried; then its page, where the report appears."""
    user = user_of(request)
    user.access.require("rule.see")
    typed = {k[len(PREFIX) :]: str(v) for k, v in request.POST.items() if k.startswith(PREFIX)}
    try:
        found = rehearsals.rehearse(
            actor=user,
            parameters={key: value for key, value in typed.items() if value.strip()},
            tables=_uploaded(request),
            on=read_day(request.POST.get("on", ""), field="on"),
            source=request.POST.get("source", ""),
        )
    except ServiceError as error:
        return _rules(request, error)
    return redirect("rules-change", found.pk)


def _uploaded(request: HttpRequest) -> dict[str, str]:
    """A table's file, and which table it is."""
    file, name = request.FILES.get("file"), request.POST.get("table", "")
    if file is None:
        return {}
    if (file.size or 0) > MAX_TABLE:
        raise InputError("invalid-data", _("文件过大"), field="file")
    try:
        return {name: file.read().decode("utf-8")}
    except UnicodeDecodeError as error:
        raise InputError("invalid-data", _("不是 UTF-8 编码的 DMN 文件"), field="file") from error


def _visible(request: HttpRequest, pk: int) -> Rehearsal:
    rows = Rehearsal.objects.visible_to(user_of(request)).select_related("author", "published_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise MissingError
    return found


@login_required
@require_GET
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A tried change: what it is, what it would do, and publishing it."""
    found = _visible(request, pk)
    if getattr(request, "htmx", False) and found.status == "running":
        return HttpResponse(status=204)
    return _change(request, found)


def _change(
    request: HttpRequest, found: Rehearsal, error: ServiceError | None = None
) -> HttpResponse:
    labels = {"starts_on": _("起始日期"), "source": _("依据")}
    report = words.report(found, user_of(request)) if found.report else None
    if report:
        _tell(report)
    values = {
        "found": found,
        "title": words.short_title(found),
        "changed": words.changed(found),
        "report": report,
        "is_author": found.author_id == user_of(request).pk,
        "is_stale": rehearsals.is_stale(found),
        "today": clock.today(),
        "posted": request.POST,
        "problem": problem_of(error, labels=labels) if error else None,
    }
    return render(request, "screening/change.html", values, status=error.status if error else 200)


def _tell(report: dict[str, Any]) -> None:
    """Record whose examples are shown."""
    numbers = {row["person_no"] for group in report["examples"] for row in group["examples"]}
    people = Person.objects.filter(person_no__in=numbers)
    record(kind="view", person_ids=people.values_list("pk", flat=True))


@login_required
@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same change once more, by the rules of now."""
    was = _visible(request, pk)
    try:
        found = rehearsals.rehearse(
            actor=user_of(request), parameters=was.parameters, tables=was.tables, source=was.source
        )
    except ServiceError as error:
        return _change(request, was, error)
    return redirect("rules-change", found.pk)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """In force from a day on."""
    found = _visible(request, pk)
    try:
        starts_on = read_day(request.POST.get("starts_on", ""), field="starts_on")
        if starts_on is None:
            raise InputError("invalid-data", _("请填写起始日期"), field="starts_on")
        source = request.POST.get("source", "")
        found = rehearsals.publish(
            actor=user_of(request), rehearsal_id=pk, starts_on=starts_on, source=source
        )
    except ServiceError as error:
        return _change(request, _visible(request, pk), error)
    messages.success(request, _("已发布，自 %s起施行。") % day(found.starts_on))
    return redirect("rules-change", pk)


@login_required
@require_GET
def table_source(request: HttpRequest, name: str) -> FileResponse:
    """A table as it is in force, to be edited."""
    user_of(request).access.require("rule.see")
    code, table = read_key(name)
    package = catalogue.newest().get(code)
    text = amendments.table_on(package, table, clock.today()) if package else None
    if text is None:
        raise MissingError
    return _file(name, text)


@login_required
@require_GET
def changed_source(request: HttpRequest, pk: int, name: str) -> FileResponse:
    """A table as somebody wants it."""
    text = _visible(request, pk).tables.get(name)
    if text is None:
        raise MissingError
    return _file(name, text)


def _file(name: str, text: str) -> FileResponse:
    return download(BytesIO(text.encode()), name=f"{name}.dmn", content_type="application/xml")
