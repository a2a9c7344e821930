"""The way in: name and password, second factor, a password that is due."""

from typing import Any

import django_otp
import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import ServiceError
from common.pages import Problem, Wrong, problem_of
from permissions import factors, gate, passwords
from permissions.people import YEAR, safe_address, user_of
from permissions.services import own


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """By name and password. A closed name is told by `locked`, whether anybody has it or not."""
    after, problem = _after(request), None
    username = str(request.POST.get("username", "")).replace("\0", "").strip()[:60]
    if request.method == "POST":
        password = request.POST.get("password", "")
        user = authenticate(request, username=username, password=password)
        if user is not None:
            login(request, user)
            return _signed_in(request, after)
        wrong = Wrong("id_username", "", _("请核对后重新填写；大小写有区别。"))
        problem = Problem(422, _("用户名或口令不对"), fields=[wrong])
    elif request.user.is_authenticated:
        return HttpResponseRedirect(after)
    values = {
        "problem": problem,
        "username": username,
        "next": after,
        "has_oidc": bool(settings.LIANBAN_OIDC_ISSUER),
    }
    return _page(request, "permissions/sign_in.html", values)


def _signed_in(request: HttpRequest, after: str) -> HttpResponse:
    user = user_of(request)
    request.session[gate.ENROLLED] = own.is_enrolled(user)
    response = HttpResponseRedirect(after)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=YEAR)
    return response


def locked(request: HttpRequest, _answer: Any, _credentials: Any) -> HttpResponse:
    """Too many wrong passwords, now or before (the setting AXES_LOCKOUT_CALLABLE)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    values = {"minutes": minutes, "bare": True}
    response = render(request, "permissions/locked.html", values, status=423)
    response["Retry-After"] = str(minutes * 60)
    return response


@login_required
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own password; the present one counts as a sign-in does, wrong ones lock out."""
    user, problem = user_of(request), None
    if request.method == "POST":
        try:
            present = request.POST.get("current", "")
            if authenticate(request, username=user.username, password=present) != user:
                wrong = Wrong("id_current", _("现在的口令"), _("与现在的口令不符"))
                problem = Problem(422, _("请检查填写的内容"), fields=[wrong])
            else:
                return _changed(request)
        except ServiceError as error:
            labels = {"new": _("新口令"), "again": _("再填一次")}
            problem = problem_of(error, labels=labels)
    values = {
        "problem": problem,
        "next": _after(request),
        "rules": password_validators_help_texts(),
        "is_due": passwords.is_due(user),
        "days": settings.LIANBAN_PASSWORD_DAYS,
        "bare": gate.next_step(request, user) is not None,
    }
    return _page(request, "permissions/password.html", values)


def _changed(request: HttpRequest) -> HttpResponse:
    user = own.change_password(
        actor=user_of(request),
        new=request.POST.get("new", ""),
        again=request.POST.get("again", ""),
        session_key=request.session.session_key,
    )
    update_session_auth_hash(request, user)
    messages.success(request, _("口令已修改，其他设备上的登录已结束。"))
    return HttpResponseRedirect(_after(request))


@login_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The second factor of a session that has not passed it."""
    user, problem = user_of(request), None
    if factors.is_passed(request.session) or not request.session.get(gate.ENROLLED):
        return HttpResponseRedirect(_after(request))
    if request.method == "POST":
        try:
            device = own.verify_factor(actor=user, code=_code(request))
            if device is not None:
                _pass(request, device)
                return HttpResponseRedirect(_after(request))
            problem = _wrong_code()
        except ServiceError as error:
            problem = problem_of(error)
    values = {"problem": problem, "next": _after(request), "bare": True}
    return _page(request, "permissions/factor.html", values)


@login_required
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Tie an authenticator app; then the recovery codes are shown, this once."""
    user, problem = user_of(request), None
    is_passed = factors.is_passed(request.session)
    if request.method == "POST":
        try:
            done = own.confirm_enrolment(
                actor=user,
                code=_code(request),
                is_passed=is_passed,
                session_key=request.session.session_key,
            )
            if done is not None:
                _pass(request, done[0])
                return _codes_page(request, done[1])
            problem = _wrong_code()
        except ServiceError as error:
            problem = problem_of(error)
    device = own.begin_enrolment(actor=user, is_passed=is_passed)
    values = {
        "problem": problem,
        "next": _after(request),
        "qr": segno.make(device.config_url, micro=False).svg_data_uri(scale=5, border=2),
        "secret": factors.spelled(device.bin_key),
        "is_required": factors.is_required(user),
        "bare": gate.next_step(request, user) is not None,
    }
    return _page(request, "permissions/enrol.html", values)


@login_required
@require_http_methods(["POST"])
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes, shown this once."""
    is_passed = factors.is_passed(request.session)
    return _codes_page(request, own.renew_codes(actor=user_of(request), is_passed=is_passed))


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _page(request, "permissions/codes.html", {"codes": codes, "next": _after(request)})


def _pass(request: HttpRequest, device: Any) -> None:
    """The session has passed, under another key."""
    request.session.cycle_key()
    request.session[gate.ENROLLED] = True
    django_otp.login(request, device)


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "").replace("\0", "").strip()[:40]


def _wrong_code() -> Problem:
    wrong = Wrong("id_code", "", _("请填手机上现在显示的六位数字；每个只能用一次。"))
    return Problem(422, _("验证码不对"), fields=[wrong])


def _after(request: HttpRequest) -> str:
    return safe_address(request, str(request.POST.get("next") or request.GET.get("next") or ""))


def _page(request: HttpRequest, template: str, values: dict[str, Any]) -> HttpResponse:
    problem = values.get("problem")
    return render(request, template, values, status=problem.status if problem else 200)
