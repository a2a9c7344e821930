"""Pages of the policy packages: in plain words for everyone; read, written and counted by staff."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import catalogue
from common import clock, typed
from common.errors import MissingError, ServiceError
from common.pages import problem_of
from permissions.models import User
from permissions.people import user_of
from screening import policy_board, policy_text
from screening.models import Policy
from screening.policy_board import Standing
from screening.services import policies

FIRST = 1


@require_GET
def public_list(request: HttpRequest) -> HttpResponse:
    """What help there is, for everyone."""
    names = policy_text.organisations()
    rows = [
        {
            "code": package.code,
            "name": catalogue.name(package.settings),
            "gives": policy_text.gives(package.settings),
            "lead": names.get(package.settings["lead"], package.settings["lead"]),
        }
        for package in catalogue.matters()
    ]
    return render(request, "screening/policies/public_list.html", {"rows": rows})


@require_GET
def public(request: HttpRequest, code: str) -> HttpResponse:
    """One matter in plain words: generated today, with the additions in force."""
    package, today = policies.find_matter(code), clock.today()
    values = {
        "name": catalogue.name(package.settings),
        "sections": policy_text.sections(package, today, policy_text.organisations()),
        "added": Policy.objects.filter(code=code).in_force(on=today).first(),
        "today": today,
    }
    return render(request, "screening/policies/public.html", values)


@login_required
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Every package with its mark of unread; for overseers how many have read."""
    user = user_of(request)
    rows = policy_board.standings(user, policy_text.organisations())
    is_overseer = user.access.may("policy.see_receipts")
    told = policy_board.counts(rows) if is_overseer else {}
    values = {
        "rows": [{"row": row, "count": told.get(row.code)} for row in rows],
        "unread": sum(row.is_unread for row in rows),
        "is_overseer": is_overseer,
    }
    return render(request, "screening/policies/board.html", values)


def _standing(user: User, code: str, names: dict[str, str]) -> Standing:
    policies.find_matter(code)
    [row] = policy_board.standings(user, names, code)
    return row


@login_required
@require_GET
def package(request: HttpRequest, code: str) -> HttpResponse:
    """One package as staff read it, the newest version's additions included."""
    user, names = user_of(request), policy_text.organisations()
    row = _standing(user, code, names)
    values = {
        "row": row,
        "sections": policy_text.sections(row.package, clock.today(), names),
        "added": row.latest,
        "is_ahead": row.latest is not None and row.latest.starts_on > clock.today(),
        "versions": Policy.objects.filter(code=code).order_by("-version"),
        "can_edit": user.access.may("policy.edit"),
        "is_overseer": user.access.may("policy.see_receipts"),
    }
    return render(request, "screening/policies/package.html", values)


@login_required
@require_POST
def read(request: HttpRequest, code: str) -> HttpResponse:
    """已阅."""
    number = _number(request.POST.get("version", ""))
    policies.mark_read(actor=user_of(request), code=code, version=number)
    messages.success(request, _("已记下：您已阅第 %d 版。") % number)
    return redirect("policy-package", code)


@login_required
@require_GET
def version(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """A version as it was published, to the letter."""
    rows = Policy.objects.select_related("published_by")
    found = rows.filter(code=code, version=version).first()
    if found is None:
        raise MissingError
    name = catalogue.name(policies.find_matter(code).settings)
    values = {"policy": found, "sections": found.generated, "added": found, "name": name}
    return render(request, "screening/policies/version.html", values)


@login_required
@require_GET
def receipts(request: HttpRequest, code: str) -> HttpResponse:
    """Who has read which version, organisation by organisation."""
    user = user_of(request)
    user.access.require("policy.see_receipts")
    name = catalogue.name(policies.find_matter(code).settings)
    policy = Policy.objects.filter(code=code).order_by("-version").first()
    units = policy_board.receipts(policy) if policy else []
    values = {
        "code": code,
        "name": name,
        "policy": policy,
        "units": units,
        "reached": sum(unit.done > 0 for unit in units),
    }
    return render(request, "screening/policies/receipts.html", values)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The editor's additions, and the next version."""
    user, names = user_of(request), policy_text.organisations()
    user.access.require("policy.edit")
    row = _standing(user, code, names)
    if request.method == "GET":
        return _edit_page(request, row, names)
    try:
        policy = policies.publish(
            actor=user,
            code=code,
            based_on=_number(request.POST.get("based_on", "")),
            notes=request.POST.get("notes", ""),
            contacts=request.POST.get("contacts", ""),
            starts_on=typed.day(request.POST.get("starts_on", ""), field="starts_on"),
        )
    except ServiceError as error:
        # what somebody else has just published is to be seen
        return _edit_page(request, _standing(user, code, names), names, error)
    messages.success(request, _("第 %d 版已发布，各单位的名单里已标为未阅。") % policy.version)
    return redirect("policy-package", code)


def _edit_page(
    request: HttpRequest, row: Standing, names: dict[str, str], error: ServiceError | None = None
) -> HttpResponse:
    """The form with what is in force, or with what was typed."""
    latest = row.latest
    filled: Any = request.POST if error else {
        "notes": latest.notes if latest else "",
        "contacts": latest.contacts if latest else "",
        "starts_on": str(clock.today()),
    }  # fmt: skip
    labels = {
        "notes": _("补充说明"),
        "contacts": _("咨询电话和地址"),
        "starts_on": _("从哪一天起对外公布"),
    }
    gone, new = policy_board.changes(latest, row.package, names) if latest else ([], [])
    values = {
        "row": row,
        "filled": filled,
        "is_overtaken": bool(error and error.status == 409),
        "gone": gone,
        "new": new,
        "next": latest.version + 1 if latest else FIRST,
        "longest": policies.LONGEST,
        "sections": policy_text.sections(row.package, clock.today(), names),
        "problem": problem_of(error, labels=labels) if error else None,
    }
    status = error.status if error else 200
    return render(request, "screening/policies/edit.html", values, status=status)


def _number(text: str) -> int:
    """A version's number; what is none is not the newest either."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
