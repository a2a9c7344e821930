"""The register's codes as people say them on pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.templatetags.pages import day, yuan
from households import codes, masking
from households.models import Person

Pairs = list[tuple[str, str]]
Json = Mapping[str, Any]


def category(code: str | None) -> str:
    """A status; nothing for none."""
    if not code or code == "none":
        return ""
    return str(codes.Category(code).label) if code in codes.Category.values else code


def disability(person: Json) -> str:
    """肢体一级; nothing where there is none, or nothing is known."""
    kind = person.get("disability_category")
    if not kind or kind == "none":
        return ""
    grade = person.get("disability_grade")
    words = str(codes.DisabilityCategory(kind).label)
    return words + (str(codes.DisabilityGrade(grade).label) if grade else "")


def member(row: Json) -> dict[str, str]:
    """A member's line: name, relation, sex, status, disability."""
    return {
        "name": row["name"],
        "relation": str(codes.Relation(row["relation"]).label) if row["relation"] else "",
        "sex": str(codes.Sex(row["sex"]).label) if row["sex"] else "",
        "category": category(row["category"]),
        "disability": disability(row),
    }


def maskable(names: Iterable[str]) -> Pairs:
    """Masked fields that can be laid open, by name and in words."""
    return [(name, str(_title(name))) for name in names if name in masking.FIELDS]


def unmasked(found: Json) -> Pairs:
    """Fields that were laid open, in words."""
    return [(str(_title(name)), _said(name, value)) for name, value in found.items()]


def _title(name: str) -> Any:
    return _column(name).verbose_name


def _column(name: str) -> Any:
    return Person._meta.get_field(name)


def _said(name: str, value: Any) -> str:
    field = _column(name)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value or ""))
    return "" if value is None else str(value)


def household(row: Json) -> Pairs:
    """What is known of a household, line by line; what is unknown is not there."""
    place = " ".join(filter(None, [row["township"], row["village"], row["address"]]))
    status = category(row["category"]) or _("不在救助名册")
    if row.get("category_since"):
        status += _("，自 %s 起") % day(row["category_since"])
    found: Pairs = [(_("户号"), row["household_no"]), (_("救助类别"), status)]
    if place:
        found.append((_("住址"), place))
    if row.get("poverty_cause"):
        found.append((_("主要致困原因"), row["poverty_cause"]))
    if row.get("housing"):
        found.append((_("住房"), housing(row)))
    if row.get("vehicles") is not None:
        cars = row["vehicles"]
        found.append((_("机动车"), ngettext("%d 辆", "%d 辆", cars) % cars))
    return found + _money(row)


def housing(row: Json) -> str:
    """自有，80 平方米，C级."""
    words = [str(codes.Housing(row["housing"]).label)]
    if row.get("floor_area"):
        words.append(_("%s 平方米") % str(row["floor_area"]).removesuffix(".00"))
    if row.get("dwelling_grade"):
        words.append(str(codes.DwellingGrade(row["dwelling_grade"]).label))
    return _("，").join(words)


def _money(row: Json) -> Pairs:
    titles = {
        "income_month": _("登记月收入"),
        "rigid_spending_year": _("年刚性支出"),
        "assets": _("登记金融资产"),
    }
    return [
        (title, _("%s 元") % yuan(row[column]))
        for column, title in titles.items()
        if row.get(column) is not None
    ]
