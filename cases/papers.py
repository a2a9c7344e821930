"""Papers that nobody needs to bring, because the register stands for them (P7)."""

from typing import Any

from cases import catalogue
from households.models import Household, Person

Settings = dict[str, Any]


def held_kinds(
    wanted: list[tuple[Settings, Person | None]], applicant: Person, household: Household
) -> list[str]:
    """Kinds of material that the register holds, for matters' settings and beneficiaries.

    A kind is held only if it is so for everybody who would have to bring it.
    """
    found: dict[str, bool] = {}
    for settings, person in wanted:
        for paper in settings.get("materials", []):
            if paper.get("from_register"):
                kind = paper["kind"]
                held = _holds(kind, person or applicant, household)
                found[kind] = found.get(kind, True) and held
    return sorted(kind for kind, held in found.items() if held)


def _holds(kind: str, person: Person, household: Household) -> bool:
    if household.is_provisional:
        return False
    columns = catalogue.kinds().get(kind, {}).get("held_by")
    if not columns:
        return True
    rows = {"person": person, "household": household}
    return any(_filled(rows, column) for column in columns)


def _filled(rows: dict[str, Any], column: str) -> bool:
    owner, name = column.split(".", 1)
    return bool(getattr(rows[owner], name, None))
