"""What every page needs: the base template's context, and errors as pages."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.errors import ServiceError

SIZE_COOKIE = "size"
API = "/api/"
SEAL = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='6' fill='#b3261e'/><text x='16' y='23' fill='#fff' "
    "font-size='20' font-weight='700' text-anchor='middle'>联</text></svg>"
)
# htmx swaps no 4xx by itself: refusals are answers that people read
HTMX = json.dumps(
    {
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "(403|404|409|413|415|422|429)", "swap": True, "error": False},
            {"code": "[45]..", "swap": False, "error": True},
        ],
        "includeIndicatorStyles": False,
        "allowEval": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "timeout": 30000,
    }
)


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the base template."""
    return {
        "page_language": "en" if (get_language() or "").startswith("en") else "zh-Hans",
        "large": request.COOKIES.get(SIZE_COOKIE) == "large",
        "sample": settings.LIANBAN_SAMPLE,
        "sample_password_file": settings.LIANBAN_HOME / "sample-password",
        "seal": quote(SEAL),
        "htmx_config": HTMX,
    }


@dataclass(frozen=True)
class Wrong:
    """One field that is wrong: the id of its control, its name for people, what is wrong."""

    id: str
    label: str
    message: str


@dataclass(frozen=True)
class Problem:
    """A refusal as people read it: what is wrong, where, what to do next."""

    status: int
    text: str
    title: str = ""
    fields: list[Wrong] = field(default_factory=list)
    next: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def problem_of(
    error: ServiceError, *, labels: dict[str, str] | None = None, prefix: str = "id_"
) -> Problem:
    """A service's refusal as words. labels: a field's name for people."""
    names = labels or {}
    fields = [
        Wrong(prefix + row.field, names.get(row.field, ""), str(row.message))
        for row in error.errors
    ]
    text = str(error.message)
    if any(row.message == text for row in fields):
        text = ngettext("有 %d 处要改", "有 %d 处要改", len(fields)) % len(fields)
    return Problem(
        status=error.status,
        title=_title(error.status),
        text=text,
        fields=fields,
        next=_next(error),
        extra=dict(error.extra),
    )


def _title(status: int) -> str:
    return {
        403: _("这里不归您办"),
        404: _("没有找到"),
        409: _("情况已经变了"),
        413: _("文件太大"),
        415: _("文件类型不对"),
        422: _("请检查填写的内容"),
        423: _("已暂时锁定"),
        429: _("请稍等一会儿"),
        503: _("请稍后再试"),
    }.get(status, _("没有办成"))


def _next(error: ServiceError) -> str:
    if number := error.extra.get("case_number"):
        return str(_("办件号：%s") % number)
    if seconds := error.extra.get("retry_after"):
        return str(ngettext("请过 %d 秒再试。", "请过 %d 秒再试。", seconds) % seconds)
    if error.code == "already-claimed" and error.extra.get("assignee"):
        return str(_("认领人：%s") % error.extra["assignee"])
    return {
        403: _("请交由有这个岗位的同事办理，或联系平台管理员。"),
        404: _("请核对地址，或用上方的查找框再找一次。"),
        409: _("请刷新页面，看看现在的情况。"),
    }.get(error.status, "")


class PagesMiddleware:
    """A service's refusal in a page's view becomes a page, or a fragment for htmx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API):
            return response
        to_sign_in = response.status_code == 302 and response.headers.get(
            "Location", ""
        ).startswith(str(settings.LOGIN_URL))
        if to_sign_in and getattr(request, "htmx", False):
            # the session ended meanwhile: the whole page goes to sign in, not a part of it
            response = HttpResponse(status=204, headers={"HX-Redirect": str(settings.LOGIN_URL)})
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only services' refusals, and only of pages."""
        if not isinstance(error, ServiceError) or request.path.startswith(API):
            return None
        return refusal(request, problem_of(error))


def refusal(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A refusal without a form of its own: at the top of the page, or a page of its own."""
    is_part = getattr(request, "htmx", False)
    template = "common/summary.html" if is_part else "common/problem.html"
    response = render(request, template, {"problem": problem}, status=problem.status)
    if is_part:
        response["HX-Retarget"], response["HX-Reswap"] = "#problems", "innerHTML show:window:top"
    if "retry_after" in problem.extra:
        response["Retry-After"] = str(problem.extra["retry_after"])
    return response
