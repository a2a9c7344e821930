"""One's own sign-ins: browsers, API tokens, second factor."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from knox.models import AuthToken

from permissions import agents, sessions
from permissions.models import RecoveryCodes, Session, User
from permissions.people import user_of
from permissions.services import own


@login_required
@require_GET
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Everything through which one is signed in now."""
    user = user_of(request)
    codes = RecoveryCodes.objects.filter(user=user).first()
    values = {
        "sessions": _sessions(user, request.session.session_key),
        "tokens": _tokens(user),
        "is_enrolled": own.is_enrolled(user),
        "codes_left": codes.token_set.count() if codes else 0,
    }
    return render(request, "permissions/sessions.html", values)


def _sessions(user: User, here: str | None) -> list[dict[str, object]]:
    now = timezone.now()
    rows = Session.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at")
    return [
        {"row": row, "what": agents.told(row.agent), "is_here": row.session_key == here}
        for row in rows
        if sessions.is_alive(row, now)
    ]


def _tokens(user: User) -> list[AuthToken]:
    rows = AuthToken.objects.filter(user=user, expiry__gt=timezone.now())
    return list(rows.select_related("scope").order_by("-created"))


@login_required
@require_POST
def end_session(request: HttpRequest, ref: UUID) -> HttpResponse:
    """One of one's own; this very one leads to the way in."""
    own.end_session(actor=user_of(request), ref=ref)
    messages.success(request, _("那台设备上的登录已结束。"))
    return redirect("own-sessions")


@login_required
@require_POST
def end_token(request: HttpRequest) -> HttpResponse:
    """One of one's own."""
    own.end_token(actor=user_of(request), digest=request.POST.get("token", "")[:128])
    messages.success(request, _("令牌已作废。"))
    return redirect("own-sessions")
