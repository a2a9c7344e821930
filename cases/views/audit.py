"""For the auditor: who looked at whom and why, and what was changed."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import audit, changes
from cases.views import user_of
from common import clock, sheets, typed
from common.errors import FieldError, InputError, ServiceError
from common.http.paging import paginate
from common.models import Change
from common.pages import problem_of
from permissions.access_log import record
from permissions.models import AccessRecord

NARROWING = ("user", "whom", "kind", "from", "to")


@login_required
@require_GET
def access_log(request: HttpRequest) -> HttpResponse:
    """查阅日志, the newest first."""
    user_of(request).access.require("log.see")
    try:
        rows = audit.narrowed(_asked(request.GET))
    except ServiceError as error:
        return _log_page(request, request.GET, error=error)
    return _log_page(request, request.GET, rows)


def _log_page(
    request: HttpRequest,
    typed_in: QueryDict,
    rows: audit.Records | None = None,
    error: ServiceError | None = None,
) -> HttpResponse:
    values: dict[str, Any] = {
        "typed": {name: typed_in.get(name, "") for name in NARROWING},
        "kinds": AccessRecord.Kind.choices,
        "most": audit.EXPORT_MOST,
        "today": clock.machine_now().astimezone(clock.ZONE).date(),
    }
    if rows is not None:
        page = paginate(request, rows, order="-id")
        values |= {"page": page, "rows": audit.shortened(audit.lines(page.rows))}
        shown = {pk for row in page.rows for pk in row.person_ids}
        record(kind="search", person_ids=shown, fields=["access_log"])
    if error is not None:
        values["problem"] = problem_of(error, labels=_labels())
    status = error.status if error else 200
    return render(request, "cases/audit/access_log.html", values, status=status)


def _labels() -> dict[str, str]:
    return {
        "whom": _("看了谁"),
        "from": _("从"),
        "to": _("到"),
        "kind": _("方式"),
        "purpose": _("用途"),
        "no": _("编号或用户名"),
    }


def _asked(values: QueryDict) -> audit.Asked:
    kind = values.get("kind", "")
    return audit.Asked(
        user=_text(values, "user"),
        whom=_text(values, "whom"),
        kind=kind if kind in AccessRecord.Kind.values else "",
        first=_day(values, "from"),
        last=_day(values, "to"),
    )


def _text(values: QueryDict, name: str) -> str:
    return str(values.get(name, "")).strip()[:60].replace("\0", "")


def _day(values: QueryDict, name: str) -> date | None:
    return typed.day(str(values.get(name, "")), field=name)


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """What the page shows, all of it, as a sheet: for a purpose that is kept."""
    user_of(request).access.require("log.export")
    purpose = request.POST.get("purpose", "").strip()
    try:
        if not purpose:
            said = FieldError("purpose", "required", _("请写明导出的用途"))
            raise InputError("invalid-data", errors=[said])
        asked = _asked(request.POST)
        rows = audit.narrowed(asked)
    except ServiceError as error:
        return _log_page(request, request.POST, error=error)
    record(kind="export", purpose=purpose, fields=["access_log", *asked.words()])
    return sheets.csv_response(audit.exported(rows), name=f"access-log-{clock.today()}")


@login_required
@require_GET
def change_list(request: HttpRequest) -> HttpResponse:
    """变更历史 of one person, household, case or user."""
    user_of(request).access.require("log.see")
    values: dict[str, Any] = {"no": _text(request.GET, "no")}
    if values["no"]:
        try:
            subject = changes.subject_of(values["no"])
        except ServiceError as error:
            values["problem"] = problem_of(error, labels=_labels())
            return render(request, "cases/audit/changes.html", values, status=error.status)
        audit.tell_of(subject, fields=[Change._meta.db_table])
        page = paginate(request, changes.of_subject(subject), order="-id")
        values |= {"subject": subject, "page": page, "rows": changes.lines(page.rows)}
    return render(request, "cases/audit/changes.html", values)
