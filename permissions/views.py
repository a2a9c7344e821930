"""Signing out, language, size, and where each role begins."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from common.pages import SIZE_COOKIE
from permissions.people import YEAR, safe_address, user_of


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Each role lands on what it does first."""
    access = user_of(request).access
    if access.may("account.manage"):
        return redirect("accounts")
    if access.has("window_clerk"):
        return redirect("window")
    if access.may("task.do"):
        return redirect("tasks")
    if access.may("case.see"):
        return redirect("cases")
    return redirect("households" if access.may("household.see") else "policies")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """The language of pages, kept for the person and in this browser."""
    response = HttpResponseRedirect(safe_address(request, request.POST.get("next", "")))
    language = request.POST.get("language", "")
    if translation.check_for_language(language) and language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR)
        if request.user.is_authenticated:
            user = user_of(request)
            user.language = language
            user.save(update_fields=["language"])
    return response


@require_POST
def set_size(request: HttpRequest) -> HttpResponse:
    """The large mode, kept in this browser."""
    response = HttpResponseRedirect(safe_address(request, request.POST.get("next", "")))
    if request.POST.get("size") == "large":
        response.set_cookie(SIZE_COOKIE, "large", max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(SIZE_COOKIE)
    return response
