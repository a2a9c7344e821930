"""Pages of the register: households, one household, its happiness list."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common import clock, typed
from common.errors import MissingError, ServiceError
from common.pages import problem_of
from households import codes, masking, represent, words
from households.happiness import happiness_list
from households.models import Household
from households.services import unmasking
from households.visibility import households_open_to, households_visible_to, require_person
from permissions.access_log import record
from permissions.people import user_of

PAGE = 20


def _household(request: HttpRequest, household_no: str) -> Household:
    found: Household | None = None
    if "\0" not in household_no:
        rows = households_visible_to(user_of(request))
        found = rows.filter(household_no=household_no).first()
    if found is None:
        raise MissingError
    return found


@login_required
@require_GET
def household_list(request: HttpRequest) -> HttpResponse:
    """Households that one sees, by status."""
    chosen = request.GET.get("category", "")
    rows = households_visible_to(user_of(request))
    if chosen in codes.Category.values:
        rows = rows.with_status(chosen, on=clock.today())
    page = Paginator(rows.order_by("household_no"), PAGE).get_page(request.GET.get("page"))
    record(kind="search", household_ids=[row.pk for row in page.object_list])
    values = {
        "categories": codes.Category.choices,
        "chosen": chosen,
        "page": page,
        "rows": represent.households(page.object_list),
    }
    return render(request, "households/households.html", values)


@login_required
@require_GET
def household(request: HttpRequest, household_no: str) -> HttpResponse:
    """One household: who, where, what is known, what is granted."""
    row, user = _household(request, household_no), user_of(request)
    record(kind="view", household_id=row.pk)
    found = represent.household(row, user)
    names = {member["person_no"]: member["name"] for member in found["members"]}
    for entry in found["benefits"]:
        entry["for"] = names.get(entry["person_no"], "")
    values = {
        "found": found,
        "facts": words.household(found),
        "members": [
            words.member(member) | {"person_no": member["person_no"]} for member in found["members"]
        ],
        "may_unmask": households_open_to(user, "person.unmask").filter(pk=row.pk).exists(),
    }
    return render(request, "households/household.html", values)


@login_required
@require_http_methods(["GET", "POST"])
def unmask(request: HttpRequest, person_no: str) -> HttpResponse:
    """Masked fields of one person: what, and what for."""
    user = user_of(request)
    person = require_person(user, person_no.replace("\0", ""), unmasking.ACTION)
    chosen, purpose = request.POST.getlist("fields"), request.POST.get("purpose", "")
    values: dict[str, Any] = {"person": person, "chosen": chosen, "purpose": purpose}
    values["fields"] = words.maskable(masking.masked_of(person, user))
    if request.method == "POST":
        try:
            _row, found = unmasking.unmask(
                actor=user, person_no=person_no, fields=chosen, purpose=purpose
            )
        except ServiceError as error:
            labels = {"purpose": _("用途"), "fields": _("要看什么")}
            values["problem"] = problem_of(error, labels=labels)
            return render(request, "households/unmask.html", values, status=error.status)
        values |= {"opened": words.unmasked(found), "chosen": []}
    return render(request, "households/unmask.html", values)


@login_required
@require_GET
def sheet(request: HttpRequest, household_no: str) -> HttpResponse:
    """幸福清单, to read and to print: today's, or what held on a day."""
    row = _household(request, household_no)
    as_of = typed.day(request.GET.get("as_of", ""), field="as_of")
    record(kind="view", household_id=row.pk)
    found = happiness_list(row, as_of=as_of)
    names = {member["person_no"]: member["name"] for member in found["members"]}
    for entry in found["entries"]:
        entry["for"] = names.get(entry["person_no"], "") if entry["person_no"] else _("全家")
    values: dict[str, Any] = {
        "found": found,
        "as_of": as_of,
        "today": clock.today(),
        "helpers": len({entry["organisation"] for entry in found["entries"]}),
    }
    return render(request, "households/sheet.html", values)
