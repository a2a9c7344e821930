"""`make lock`: the requirements and the browser packages, compiled anew without addresses."""

import json
from pathlib import Path

from config.launcher import bundle
from config.launcher.environment import BASE_DIR, BIN, run

COMPILE = [
    *(str(BIN / "uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--no-header", "--python-version", "3.11", "--upgrade"),
]


def run_lock() -> int:
    """Newest versions that fit; commit what changed after `make test`."""
    run([*COMPILE, "requirements.in", "-o", "requirements.txt"])
    held = ["--constraint", "requirements.txt"]
    run([*COMPILE, *held, "requirements-dev.in", "-o", "requirements-dev.txt"])
    bundle.npm("update", "--omit-lockfile-registry-resolved", "--ignore-scripts")
    for folder in (bundle.FRONTEND, BASE_DIR / "tests" / "chromium"):
        forget_addresses(folder / "package-lock.json")
    return 0


def forget_addresses(path: Path) -> None:
    """A lock file keeps names, versions and hashes, not where things come from."""
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        for key in ("resolved", "funding"):
            package.pop(key, None)
    text = json.dumps(lock, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
