"""Importing a county's register and screening everybody: how long, and with how much memory."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from cases.bench.figures import Figures

HOUSEHOLDS = 27200  # with about 60,000 people
BENEFITS = 300_000
SEED = 1
# a process counts from the size of the one that started it: a small one in between
PEAK = """import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""
PACKAGES = ("bpmn/matters", "bpmn/shared", "bpmn/rules")


def measure_import(figures: Figures, home: Path) -> None:
    """Import 60,000 people and their benefits into an empty database of its own; screen them."""
    with tempfile.TemporaryDirectory(dir=home, prefix="import-") as place:
        env = os.environ | {"LIANBAN_HOME": place, "LIANBAN_SAMPLE": "1"}
        folder = Path(place) / "county"
        manage(env, "migrate", "--verbosity", "0")
        manage(
            env, "sample_county", str(folder), "--households", str(HOUSEHOLDS), "--seed", str(SEED)
        )
        for name in ("payments.csv", "readings.csv"):
            (folder / name).unlink()
        _add_earlier_years(folder / "benefits.csv")
        report, took, peak = _timed(env, "import_register", str(folder), "--json")
        rows = {row["kind"]: row["rows"] for row in report["files"]}
        rejected = sum(row["rejected"] for row in report["files"])
        figures.tell("import a county", took, "s", **rows, rejected=rejected)
        figures.tell("import a county: peak memory", peak, "MB")
        manage(env, "deploy", *PACKAGES)
        for which in ("first", "second"):
            report, took, peak = _timed(env, "screen", "--json")
            figures.tell(
                f"screen a county, the {which} time",
                took,
                "s",
                people=report["people"],
                findings=len(report["findings"]),
                screening=report["seconds"],
            )
            figures.tell(f"screen a county, the {which} time: peak memory", peak, "MB")


def _timed(env: dict[str, str], *arguments: str) -> tuple[dict[str, Any], float, float]:
    """What a command says in JSON, its seconds from start to end, and its peak memory in MB."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *_command(*arguments)],
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        check=True,
    )
    took = time.perf_counter() - began
    report, peak = done.stdout.decode().rstrip().rsplit("\n", 1)
    return json.loads(report), took, int(peak) / 1024


def _add_earlier_years(path: Path) -> None:
    """Repeat a county's benefits for earlier years, until there are enough of them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        for number in range(len(rows), BENEFITS):
            years, row = number // len(rows), rows[number % len(rows)]
            year = int(row["starts_on"][:4]) - years
            starts_on = f"{year}{row['starts_on'][4:]}".replace("-02-29", "-02-28")
            ends_on = f"{year + 1}-01-01"
            ref = f"{row['source_ref']}-{years}"
            writer.writerow({**row, "source_ref": ref, "starts_on": starts_on, "ends_on": ends_on})


def manage(env: dict[str, str], *arguments: str) -> None:
    """Run a management command with another environment; its output goes to standard error."""
    subprocess.run(
        _command(*arguments), cwd=settings.BASE_DIR, env=env, check=True, stdout=sys.stderr
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]
