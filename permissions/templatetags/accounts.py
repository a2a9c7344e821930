"""What was done to an account, in words."""

from datetime import date

from django import template
from django.utils.translation import gettext as _

from permissions.models import AccountAct, Role

register = template.Library()


@register.filter
def told(act: AccountAct) -> str:
    """窗口人员 · fuyun · 2026-11-24 起: what a role's grant or end was about; else empty."""
    role = act.data.get("role")
    if role not in Role.values:
        return ""
    parts = [str(Role(role).label), str(act.data.get("organisation", ""))]
    for key, words in (("starts_on", _("%s 起")), ("ends_on", _("%s 止"))):
        day = act.data.get(key)
        if day:
            parts.append(words % date.fromisoformat(day))
    return " · ".join(parts)
