"""The cases: list, one case, its papers, its drawing, its end."""

from collections.abc import Callable
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import casepage, catalogue, store
from cases.models import Case
from cases.services import lifecycle, materials, relatives
from cases.sight import sight_of
from cases.views import user_of, visible_case
from cases.visibility import require_case
from common import clock
from common.errors import InputError, MissingError, ServiceError
from common.http.answers import download
from common.http.headers import inline_styles
from common.pages import problem_of
from permissions.access_log import record
from workflows import diagrams

PAGE = 15


@login_required
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases that one sees, the newest first."""
    user = user_of(request)
    view = request.GET.get("view", "open")
    if view not in casepage.VIEWS:
        view = "open"
    rows = casepage.narrowed(Case.objects.visible_to(user), view)
    found = rows.select_related("applicant", "household", "township").order_by("-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    record(kind="search", case_ids=[row.pk for row in page.object_list])
    values = {
        "view": view,
        "views": casepage.VIEWS,
        "page": page,
        "rows": casepage.lines(list(page.object_list), user),
    }
    return render(request, "cases/cases.html", values)


@login_required
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: matters, papers, what happened."""
    return _page(request, visible_case(request, pk))


@inline_styles  # bpmn-js puts style attributes on what it draws
def _page(
    request: HttpRequest, case: Case, error: ServiceError | None = None, fold: str = ""
) -> HttpResponse:
    record(kind="view", case_id=case.pk)
    values = casepage.context(case, user_of(request)) | {"fold": fold}
    told = {row["event"] for row in [*values["recent"], *values["older"]]}
    if case.status == "open" and "supplement.asked" in told:
        values["asked"] = _asked(case)
    if error is not None:
        values["problem"] = problem_of(error, prefix=f"id_{fold}_")
        values["again"] = request.POST
    return render(request, "cases/case.html", values, status=error.status if error else 200)


def _asked(case: Case) -> list[dict[str, Any]]:
    """Papers that the applicant still owes, each notice by itself."""
    known = catalogue.kinds()
    held = set(case.materials.values_list("kind", "added_at"))
    rows = case.supplements.filter(settled_at=None).order_by("pk")
    return [
        {
            "message": row.message,
            "due_on": clock.day_of(row.due_at - clock.TICK),
            "kinds": [
                (kind, catalogue.name({"name": known[kind]}) if kind in known else kind)
                for kind in row.kinds
                if not any(kind == name and at >= row.asked_at for name, at in held)
            ],
        }
        for row in rows
    ]


def _do(request: HttpRequest, pk: int, do: Callable[[], Any], done: str, fold: str) -> HttpResponse:
    try:
        do()
    except ServiceError as error:
        if error.status == 404:
            raise
        return _page(request, visible_case(request, pk), error, fold)
    messages.success(request, done)
    return redirect("case", pk)


@login_required
@require_POST
def add_material(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper for every matter that asks for its kind."""

    def add() -> None:
        file = request.FILES.get("file")
        if file is None:
            raise InputError("invalid-data", _("请选择要上传的文件"), field="file")
        materials.add_material(
            actor=user_of(request),
            case_id=pk,
            kind=request.POST.get("kind", ""),
            name=file.name or "",
            content=cast(BinaryIO, file),
        )

    return _do(request, pk, add, _("材料已收到，所有需要它的事项都能看到。"), "material")


@login_required
@require_POST
def add_office_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One more appearance in person."""
    return _do(
        request,
        pk,
        lambda: lifecycle.record_office_visit(
            actor=user_of(request), case_id=pk, reason=request.POST.get("reason", "")
        ),
        _("已记一次到场。"),
        "visit",
    )


@login_required
@require_POST
def declare_relative(request: HttpRequest, pk: int) -> HttpResponse:
    """近亲属备案: who is barred from the case."""
    return _do(
        request,
        pk,
        lambda: relatives.declare_relative(
            actor=user_of(request),
            case_id=pk,
            username=request.POST.get("username", ""),
            relation=request.POST.get("relation", ""),
        ),
        _("已备案，这位同事不能再办这件申请。"),
        "relative",
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The applicant withdraws."""
    return _do(
        request,
        pk,
        lambda: lifecycle.withdraw_case(
            actor=user_of(request), case_id=pk, reason=request.POST.get("reason", "")
        ),
        _("申请已撤回，未办完的事项全部停止。"),
        "withdraw",
    )


@login_required
@require_GET
def material(request: HttpRequest, pk: int, material_pk: int) -> FileResponse:
    """A paper's content, kept by the browser, never shown or run."""
    case = visible_case(request, pk)
    require_case(user_of(request), pk, "case.see_papers")
    row = case.materials.filter(pk=material_pk).first()
    if row is not None and not sight_of(user_of(request), case).covers_kind(row.kind):
        raise MissingError
    path = store.path_of(row.sha256) if row else None
    if row is None or path is None or not path.is_file():
        raise MissingError
    record(kind="view", case_id=pk, fields=[f"material:{row.pk}"])
    return download(path.open("rb"), name=row.name, content_type=row.content_type)


@login_required
@require_GET
def diagram(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a process is, as text, and where its drawing comes from."""
    case = visible_case(request, pk)
    chosen = request.GET.get("matter", "")
    sight = sight_of(user_of(request), case)
    instance = casepage.instance_of(case, chosen, sight)
    values = {"case": case, "chosen": chosen, "matters": casepage.processes(case, sight)}
    values["lines"] = diagrams.text(instance)
    return render(request, "cases/_diagram.html", values)


@login_required
@require_GET
def diagram_data(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing itself."""
    case = visible_case(request, pk)
    sight = sight_of(user_of(request), case)
    instance = casepage.instance_of(case, request.GET.get("matter", ""), sight)
    return JsonResponse({"xml": diagrams.xml(instance), "elements": diagrams.elements(instance)})
