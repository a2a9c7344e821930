"""The work list, the task beside it."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import worklists
from cases.views import is_fragment, user_of
from permissions.access_log import record


@login_required
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """Tasks of a view, what is due first first."""
    user = user_of(request)
    chips = worklists.chips(user)
    view = request.GET.get("view", "")
    if view not in worklists.VIEWS:
        # land where there is work
        view = next((chip.code for chip in chips[:2] if chip.count), "mine")
    count = next(chip.count for chip in chips if chip.code == view)
    found = worklists.items(user, view).select_related("assignee")
    paginator = Paginator(found, worklists.PAGE)
    paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    record(kind="search", case_ids=[item.subject_id for item in page.object_list])
    values = {
        "chips": chips,
        "view": view,
        "page": page,
        "rows": worklists.rows(list(page.object_list)),
    }
    name = "cases/_worklist.html" if is_fragment(request) else "cases/worklist.html"
    return render(request, name, values)
