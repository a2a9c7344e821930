"""How pages say money, days, lights and codes."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import calendar, clock

register = template.Library()


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return clock.day_of(value)
    if isinstance(value, date):
        return value
    if isinstance(value, str) and value:
        return _day(datetime.fromisoformat(value)) if "T" in value else date.fromisoformat(value)
    return None


def _english() -> bool:
    return (get_language() or "zh").startswith("en")


@register.filter
def day(value: Any) -> str:
    """11 月 24 日; with its year when that is not this year's."""
    found = _day(value)
    if found is None:
        return ""
    same = found.year == clock.today().year
    if _english():
        return formats.date_format(found, "j M" if same else "j M Y", use_l10n=False)
    text = f"{found.month} 月 {found.day} 日"
    return text if same else f"{found.year} 年 {text}"


@register.filter
def moment(value: Any) -> str:
    """11 月 24 日 10:42."""
    if isinstance(value, str) and value:
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return ""
    return f"{day(value)} {value.astimezone(clock.ZONE):%H:%M}"


@register.filter
def money(value: Any) -> str:
    """1,050.00: for tables, right-aligned."""
    try:
        return f"{Decimal(str(value)):,.2f}"
    except InvalidOperation:
        return ""


@register.filter
def signed(value: Any) -> str:
    """+250.00, −700.00: what something changes by."""
    text = money(value)
    if text.startswith("-"):
        return f"−{text[1:]}"
    return text if text == "0.00" else f"+{text}"


@register.filter
def yuan(value: Any) -> str:
    """1,050 or 822.50: for sentences."""
    text = money(value)
    return text.removesuffix(".00")


@register.filter
def aid(entry: dict[str, Any]) -> str:
    """What a benefit brings, in words: 822 元/月, 减免."""
    form = entry.get("form") or ""
    if entry.get("amount") is None or form == "status":
        kinds = {
            "status": _("已认定"),
            "waiver": _("减免"),
            "service": _("服务"),
            "in_kind": _("实物"),
        }
        return kinds.get(form, _("已给予"))
    amount = {"monthly": _("%s 元/月"), "yearly": _("%s 元/年")}.get(form, _("%s 元"))
    return amount % yuan(entry["amount"])


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value by a key that a template holds in a variable."""
    return mapping.get(key, "") if hasattr(mapping, "get") else ""


@register.filter
def may(user: Any, actions: str) -> bool:
    """Whether one of the actions, written with commas, is open to a user somewhere."""
    return bool(user.is_authenticated and user.access.may(*actions.split(",")))


@register.filter
def limit(text: str) -> str:
    """15wd as 15 个工作日."""
    found = calendar.Limit.parse(text)
    words = {
        "wd": ngettext("%d 个工作日", "%d 个工作日", found.count),
        "d": ngettext("%d 天", "%d 天", found.count),
        "h": ngettext("%d 小时", "%d 小时", found.count),
    }
    return words[found.unit] % found.count


@register.simple_tag
def light(colour: str, due: Any = None, words: str = "") -> SafeString:
    """A light with shape and words; working days to its due day, or after it."""
    return format_html(
        '<span class="light {}">{}</span>', colour, words or _light_words(colour, _day(due))
    )


def _light_words(colour: str, due: date | None) -> str:
    if colour == "grey":
        return _("暂停")
    if due is None:
        return {"green": _("正常"), "yellow": _("将到期"), "red": _("超期")}.get(colour, "")
    left = calendar.workdays_between(clock.today(), due)
    if clock.today() > due:
        late = max(-left, 1)
        return ngettext("超期 %d 天", "超期 %d 天", late) % late
    if clock.today() == due:
        return _("今天到期")
    return ngettext("剩 %d 天", "剩 %d 天", left) % left


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], *prefixes: str) -> SafeString:
    """aria-current for the part of the navigation one is in."""
    path = context["request"].path
    here = any(path.startswith(prefix) for prefix in prefixes)
    return SafeString(' aria-current="page"' if here else "")
