"""Dated values that tables name: which holds on a day, where.

A later value is one more row with a later first day; nothing is overwritten. A row for an area (the
significant digits of a division) goes before one for a larger area.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rules.feel import sql


@dataclass(frozen=True)
class Parameter:
    """area "" is everywhere; to: the first day on which it holds no more."""

    key: str
    value: Decimal
    starts_on: date
    ends_on: date | None = None
    area: str = ""
    source: str = ""


def held(rows: Iterable[Parameter], on: date) -> dict[str, dict[str, Parameter]]:
    """By key and area: the row that holds on a day."""
    found: dict[str, dict[str, Parameter]] = {}
    for row in sorted(rows, key=lambda row: row.starts_on):
        if row.starts_on <= on and (row.ends_on is None or on < row.ends_on):
            found.setdefault(row.key, {})[row.area] = row
    return found


def in_force(rows: Iterable[Parameter], on: date) -> dict[str, dict[str, Decimal]]:
    """By key and area: the value that holds on a day."""
    return {
        key: {area: row.value for area, row in areas.items()}
        for key, areas in held(rows, on).items()
    }


def columns(
    rows: Iterable[Parameter], on: date, changed: Mapping[str, Decimal] | None = None
) -> dict[str, str]:
    """SQL of each parameter's value for a person, by the person's `division_code`.

    changed: values that hold everywhere instead, for a rehearsal. A key without a value on that
    day is unknown.
    """
    kept = list(rows)
    values = in_force(kept, on)
    found = {}
    for key in sorted({row.key for row in kept}):
        areas = {"": changed[key]} if key in (changed or {}) else values.get(key, {})  # type: ignore[index]
        found[key] = _by_area(areas)
    return found


def _by_area(areas: Mapping[str, Decimal]) -> str:
    whole = sql.literal(areas[""]).sql if "" in areas else "NULL::numeric"
    branches = [
        f"WHEN starts_with(division_code, {sql.literal(area).sql}) THEN {sql.literal(value).sql}"
        for area, value in sorted(areas.items(), key=lambda row: -len(row[0]))
        if area
    ]
    return f"(CASE {' '.join(branches)} ELSE {whole} END)" if branches else whole
