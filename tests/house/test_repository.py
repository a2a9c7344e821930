"""What may not be in the repository: addresses of registries, built or foreign code, secrets."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from common import places

REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "yarnpkg" + ".com"]
LOCKS = ["frontend/package-lock.json", "tests/chromium/package-lock.json"]
LARGEST = 400_000


def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=places.BASE_DIR, capture_output=True, check=True
    )
    names = [name for name in done.stdout.decode().split("\0") if name]
    return [path for name in names if (path := places.BASE_DIR / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_browser_lock_files_hold_hashes_and_no_addresses(lock: str) -> None:
    text = (places.BASE_DIR / lock).read_text(encoding="utf-8")

    packages = json.loads(text)["packages"]

    assert "http" not in text
    assert all("integrity" in row for name, row in packages.items() if name)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_python_requirements_are_hashed_and_hold_no_addresses(name: str) -> None:
    text = (places.BASE_DIR / name).read_text(encoding="utf-8")

    packages = re.findall(r"^[a-z0-9_.-]+(?:\[[a-z,]+\])?==\S+.*\\\n    --hash=", text, re.M | re.I)

    assert "://" not in text
    assert "--index" not in text
    assert len(packages) == len(re.findall(r"^[a-z]\S*==", text, re.M | re.I))


def test_no_file_names_a_registry() -> None:
    hits = []
    for path in tracked():
        content = path.read_bytes()
        hits += [f"{path}: {host}" for host in REGISTRIES if host.encode() in content]

    assert hits == []


def test_nothing_built_or_foreign_is_tracked() -> None:
    foreign = re.compile(r"node_modules/|/dist/|\.min\.(js|css)$|\.(woff2?|ttf|otf|mo|so|whl)$")

    hits = [str(path) for path in tracked() if foreign.search(str(path))]
    large = [str(path) for path in tracked() if path.stat().st_size > LARGEST]

    assert (hits, large) == ([], [])
