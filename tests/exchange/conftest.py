"""A small register to import into."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from common.identity import check_character
from permissions.models import Division, OrgUnit

Report = dict[str, Any]
HOUSEHOLD = {"household_no": "H1", "division_code": "331125001001", "category": "min_living"}


def id_number(order: int, born: str = "19700101") -> str:
    first = f"332527{born}{order:03d}"
    return first + check_character(first)


def person(number: int, **cells: str) -> dict[str, str]:
    base = {
        "person_no": f"P{number}", "id_number": id_number(number % 1000), "name": f"张{number}",
        "household_no": "H1", "relation": "head",
    }  # fmt: skip
    return base | cells


def benefit(number: int, **cells: str) -> dict[str, str]:
    base = {
        "source": "civil", "source_ref": f"B{number}", "person_no": "", "household_no": "H1",
        "matter": "min_living", "starts_on": "2026-01-01", "ends_on": "", "amount": "500.00",
        "form": "monthly",
    }  # fmt: skip
    return base | cells


def as_csv(rows: list[dict[str, str]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def run(*paths: Path, dry_run: bool = False) -> tuple[int, list[Report]]:
    """The command as a script calls it: exit code and the reports."""
    out, code = StringIO(), 0
    try:
        call_command(
            "import_register", *map(str, paths), as_json=True, dry_run=dry_run, stdout=out,
            stderr=StringIO(),
        )  # fmt: skip
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, json.loads(out.getvalue())["files"] if out.getvalue() else []


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Report]:
    """Write rows as a file of a kind, import it, give its report."""

    def load(kind: str, rows: list[dict[str, str]] | str | bytes, **options: Any) -> Report:
        path = tmp_path / f"{kind}.csv"
        content = rows if isinstance(rows, str | bytes) else as_csv(rows)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        code, reports = run(path, **options)
        assert code == (1 if reports[0]["rejected"] else 0)
        return reports[0]

    return load


@pytest.fixture
def county(transactional_db: None) -> None:
    Division.objects.create(code="331125000000", name="云和县", level="county")
    Division.objects.create(code="331125001000", name="浮云街道", level="town")
    Division.objects.create(code="331125001001", name="中山社区", level="village")
    Division.objects.create(code="331125201200", name="雾溪村委会", level="village")
    OrgUnit.objects.create(code="civil", name="民政局", kind="department")


@pytest.fixture
def home(county: None, load: Callable[..., Report]) -> None:
    load("households", [HOUSEHOLD, HOUSEHOLD | {"household_no": "H2"}])
