"""Signing in and out, language, size, and where each role begins."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.pages import SIZE_COOKIE, Problem, Wrong
from permissions.people import user_of

YEAR = 365 * 24 * 3600
WRONG_LIMIT, WRONG_SECONDS = 10, 300


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Each role lands on what it does first."""
    access = user_of(request).access
    if access.has("window_clerk"):
        return redirect("window")
    if access.may("task.do"):
        return redirect("tasks")
    if access.may("case.see"):
        return redirect("cases")
    return redirect("households" if access.may("household.see") else "policies")


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """By name and password; too many wrong passwords for a name close it for five minutes."""
    after = _safe(request, str(request.POST.get("next") or request.GET.get("next") or ""))
    username = str(request.POST.get("username", ""))[:60].strip()
    problem = None
    if request.method == "POST":
        problem = _try(request, username)
        if problem is None:
            response = HttpResponseRedirect(after)
            language = user_of(request).language
            if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR)
            return response
    elif request.user.is_authenticated:
        return HttpResponseRedirect(after)
    values = {"problem": problem, "username": username, "next": after}
    status = problem.status if problem else 200
    return render(request, "permissions/sign_in.html", values, status=status)


def _try(request: HttpRequest, username: str) -> Problem | None:
    key = f"wrong-password:{username.encode().hex()}"
    if (cache.get(key) or 0) >= WRONG_LIMIT:
        return Problem(429, _("口令错误次数过多，请五分钟后再试。"))
    user = authenticate(request, username=username, password=request.POST.get("password", ""))
    if user is not None:
        cache.delete(key)
        login(request, user)
        return None
    cache.add(key, 0, WRONG_SECONDS)
    cache.incr(key)
    wrong = Wrong("id_username", "", _("请核对后重新填写；大小写有区别。"))
    return Problem(422, _("用户名或口令不对"), fields=[wrong])


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """The language of pages, kept for the person and in this browser."""
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", "")))
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
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", "")))
    if request.POST.get("size") == "large":
        response.set_cookie(SIZE_COOKIE, "large", max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(SIZE_COOKIE)
    return response


def _safe(request: HttpRequest, address: str) -> str:
    """An address of this site; the home page for any other."""
    hosts = {request.get_host()}
    if address and url_has_allowed_host_and_scheme(address, hosts, request.is_secure()):
        return address
    return "/"
