"""Importing a county's register: how long, and with how much memory."""

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

HOUSEHOLDS = 24669
SEED = 1


def measure_import(figures: Figures, home: Path) -> None:
    """Import 60,000 people and their benefits into an empty database of its own."""
    with tempfile.TemporaryDirectory(dir=home, prefix="import-") as place:
        env = os.environ | {"LIANBAN_HOME": place, "LIANBAN_SAMPLE": "1"}
        folder = Path(place) / "county"
        manage(env, "migrate", "--verbosity", "0")
        manage(
            env, "sample_county", str(folder), "--households", str(HOUSEHOLDS), "--seed", str(SEED)
        )
        began = time.perf_counter()
        process = subprocess.Popen(
            _command("import_register", str(folder), "--json"),
            cwd=settings.BASE_DIR,
            env=env,
            stdout=subprocess.PIPE,
        )
        report: dict[str, Any] = json.loads(process.stdout.read())  # type: ignore[union-attr]
        _pid, _status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        rows = {row["kind"]: row["rows"] for row in report["files"]}
        rejected = sum(row["rejected"] for row in report["files"])
        told = {**rows, "rejected": rejected}
        figures.tell("import a county", took, "s", **told)
        figures.tell("import a county: peak memory", usage.ru_maxrss / 1024, "MB")


def manage(env: dict[str, str], *arguments: str) -> None:
    """Run a management command with another environment; its output goes to standard error."""
    subprocess.run(
        _command(*arguments), cwd=settings.BASE_DIR, env=env, check=True, stdout=sys.stderr
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]
