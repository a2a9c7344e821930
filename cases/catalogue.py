"""The deployed matter packages: what there is to apply for, with limits, forms and materials.

Versions never change, so a process may keep them in memory.
"""

import time
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from cases.models import Package
from common.errors import InputError

NO_MATTERS = frozenset({"intake", "shared", "rules"})
_CACHE_SECONDS = 2.0
_newest: tuple[float, dict[str, Package]] = (-1e9, {})


@lru_cache(maxsize=512)
def package(package_id: int) -> Package:
    """One deployed version, kept in memory; the fields of its forms in the author's order."""
    found: Package = Package.objects.select_related("definition").get(pk=package_id)
    for schema in found.forms.values():
        fields = schema["properties"]
        order = [*schema.pop("x-order", []), *fields]
        schema["properties"] = {key: fields[key] for key in dict.fromkeys(order)}
    return found


def newest() -> dict[str, Package]:
    """The newest version of every package by code; looked up again every few seconds."""
    global _newest
    if time.monotonic() - _newest[0] > _CACHE_SECONDS:
        found = map(package, list(Package.objects.newest().values_list("pk", flat=True)))
        _newest = (time.monotonic(), {row.code: row for row in found})
    return _newest[1]


def forget() -> None:
    """Look for new versions at once: after a deployment."""
    global _newest
    _newest = (-1e9, {})


def matters() -> list[Package]:
    """The enabled matters in the order of the catalogue."""
    rows = [p for p in newest().values() if p.settings.get("enabled", True) and is_matter(p)]
    return sorted(rows, key=lambda p: (p.settings.get("number", 999), p.code))


def is_matter(found: Package) -> bool:
    """Whether a package is a matter, not the intake, shared data or the county's rules."""
    return found.code not in NO_MATTERS


def matter(code: str) -> Package:
    """The newest version of one enabled matter. Raises InputError unknown-matter."""
    found = {p.code: p for p in matters()}.get(code)
    if found is None:
        raise InputError("unknown-matter", field="matters")
    return found


def name(settings: dict[str, Any]) -> str:
    """A matter's name in the reader's language."""
    names = settings["name"]
    language = "en" if (get_language() or "zh").startswith("en") else "zh"
    return str(names.get(language) or names["zh"])


def basis(settings: dict[str, Any], on: date) -> str:
    """The legal basis in force on a day."""
    rows = [b["text"] for b in settings.get("basis", []) if _in_force(b, on)]
    return "；".join(rows)


def _in_force(row: dict[str, Any], on: date) -> bool:
    begins, ends = row.get("from"), row.get("to")
    return (not begins or str(begins) <= str(on)) and (not ends or str(on) < str(ends))


def limit_text(settings: dict[str, Any]) -> str:
    """The limit that binds: the promised one where there is one."""
    limits = settings.get("limit", {})
    return str(limits.get("promised") or limits.get("statutory") or "30wd")


def shared() -> dict[str, Any]:
    """Parameters and material kinds."""
    found = newest().get("shared")
    return dict(found.settings) if found else {}


def parameter(key: str, on: date, default: Any = None) -> Any:
    """A dated parameter's value on a day: the latest entry in force."""
    rows = [r for r in shared().get("parameters", []) if r["key"] == key and _in_force(r, on)]
    return max(rows, key=lambda r: str(r.get("from", "")))["value"] if rows else default


def kinds() -> dict[str, dict[str, str]]:
    """Names of material kinds by code and language."""
    found: dict[str, dict[str, str]] = shared().get("kinds", {})
    return found


def kind_name(kind: str) -> str:
    """A material kind's name in the reader's language."""
    row = kinds().get(kind)
    return name({"name": row}) if row else kind


@lru_cache(maxsize=512)
def package_of_definition(definition_id: int) -> Package:
    """The newest package that runs a process version."""
    found = Package.objects.filter(definition_id=definition_id).latest("pk")
    return package(found.pk)
