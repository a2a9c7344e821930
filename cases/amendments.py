"""What curators publish beside a package's files: a parameter's value or a whole table, from a day.

Rows of `Package.amendments`: {"table", "text", "from", "source"} or {"key", "value", "from",
"source"}; days in ISO form. A version keeps those of the version before it, so that deploying the
files again undoes nothing that was published.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from cases.package_checks import Problem

Json = dict[str, Any]


class Amended(Protocol):
    """A package, deployed or about to be."""

    code: str
    settings: Any
    tables: Any
    amendments: Any


def tables_of(package: Amended, name: str) -> list[tuple[str, str]]:
    """First day ("" is always) and source of a table as they follow each other."""
    first = [("", package.tables[name])] if name in package.tables else []
    later = [row for row in package.amendments if row.get("table") == name]
    # of two from the same day the one published last holds
    return first + [(row["from"], row["text"]) for row in sorted(later, key=lambda r: r["from"])]


def table_on(package: Amended, name: str, on: date) -> str | None:
    """A table's source as it is in force on a day; None where there is none."""
    found = [text for day, text in tables_of(package, name) if day <= str(on)]
    return found[-1] if found else None


def parameter_rows(package: Amended) -> list[Json]:
    """The dated values of a package, those of its files and those published."""
    published = [row for row in package.amendments if "key" in row]
    return [*package.settings.get("parameters", []), *published]


def carried(draft: Amended, now: Amended, today: date) -> tuple[list[Json], list[Problem]]:
    """What of the newest version's amendments goes on beside new files, and what stands in the way.

    Files that were not touched go on with them. Files that bring the same have taken them up. Any
    others would silently undo what was published: they are refused.
    """
    kept: list[Json] = []
    problems: dict[Problem, None] = {}
    for row in now.amendments:
        match _fate(draft, now, row, today):
            case "kept":
                kept.append(row)
            case "overtaken":
                problems[_overtaken(draft, row)] = None
    return kept, list(problems)


def _fate(draft: Amended, now: Amended, row: Json, today: date) -> str:
    if "key" in row:
        rows: Sequence[Json] = draft.settings.get("parameters", [])
        same_day = [
            r for r in rows if (r.get("key"), str(r.get("from"))) == (row["key"], row["from"])
        ]
        if not same_day:
            return "kept"
        return "taken up" if str(same_day[-1].get("value")) == row["value"] else "overtaken"
    name = row["table"]
    text = draft.tables.get(name)
    if text == now.tables.get(name) or (row["from"] > str(today) and text is not None):
        return "kept"
    return "taken up" if text == table_on(now, name, today) else "overtaken"


def _overtaken(draft: Amended, row: Mapping[str, Any]) -> Problem:
    file = "parameters.toml" if "key" in row else f"{row['table']}.dmn"
    text = f"another was published from {row['from']}; take it up in the file first"
    return Problem(f"{draft.code}/{file}", row.get("key", ""), "published-meanwhile", text)
