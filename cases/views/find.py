"""Find from anywhere: a person, a case, a household.

By POST: what is looked for never stands in an address.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import casepage
from cases.models import Case
from cases.views import user_of
from households import represent as households
from households.visibility import households_visible_to
from permissions.access_log import record

MOST = 20


@login_required
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Cases and households for a name, a number of a case or household, or last four."""
    user = user_of(request)
    words = request.POST.get("q", "").strip()[:60].replace("\0", "")
    if not words:
        return redirect("cases")
    rows = casepage.search(Case.objects.visible_to(user), words)
    cases = list(rows.select_related("applicant", "household", "township").order_by("-pk")[:MOST])
    if len(cases) == 1 and cases[0].number == words.upper():
        return redirect("case", cases[0].pk)
    homes = list(households_visible_to(user).search(words).order_by("household_no")[:MOST])
    shown = [row.pk for row in homes]
    record(kind="search", case_ids=[row.pk for row in cases], household_ids=shown)
    found = {
        "words": words,
        "rows": casepage.lines(cases, user),
        "households": households.households(homes),
        "most": MOST,
    }
    return render(request, "cases/find.html", {"found": found})
