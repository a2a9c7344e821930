"""`make audit`: known vulnerabilities of what is installed, Python's and the browser's.

An audit that could not look anything up is a failure: a package with a known vulnerability goes
along with the question, and has to come back named.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from config.launcher import bundle
from config.launcher.environment import BASE_DIR, BIN, FILES

PYTHON_CANARY = ("jinja2", "2.11.2")
NPM_CANARY = ("lodash", "4.17.15")


def run() -> int:
    """0 when every package was looked up and none has a known vulnerability."""
    results = [_python(), _browser()]
    return max(results)


def _python() -> int:
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text("==".join(PYTHON_CANARY) + "\n")
        files = [part for name in FILES[True] for part in ("-r", str(BASE_DIR / name))]
        audited = _pip_audit(*files, "--require-hashes")
        probe = _pip_audit("-r", str(canary), "--no-deps")
    if not any(row.get("vulns") for row in probe):
        return _fail("Python: a package known to be vulnerable came back clean: no look-up works")
    skipped = [row["name"] for row in audited if "skip_reason" in row]
    bad = [row for row in audited if row.get("vulns")]
    for row in bad:
        names = ", ".join(vuln["id"] for vuln in row["vulns"])
        _say(f"  {row['name']} {row['version']}: {names}")
    _say(f"Python: {len(audited) - len(skipped)} packages looked up, {len(bad)} vulnerable")
    if skipped or not audited:
        return _fail(f"Python: not looked up: {', '.join(skipped) or 'anything'}")
    return 1 if bad else 0


def _pip_audit(*arguments: str) -> list[dict[str, Any]]:
    command = [str(BIN / "pip-audit"), "--disable-pip", "-f", "json", "--progress-spinner=off"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        _say(done.stderr.strip()[-400:])
        return []


def _browser() -> int:
    known, vulnerable = _npm_audit(bundle.FRONTEND)
    with tempfile.TemporaryDirectory() as folder:
        name, version = NPM_CANARY
        root = {"name": "canary", "version": "1.0.0", "dependencies": {name: version}}
        packages = {"": root, f"node_modules/{name}": {"version": version}}
        lock = {"name": "canary", "lockfileVersion": 3, "packages": packages}
        (Path(folder) / "package.json").write_text(json.dumps(root))
        (Path(folder) / "package-lock.json").write_text(json.dumps(lock))
        _count, probe = _npm_audit(Path(folder))
    if not probe:
        return _fail("Browser: a package known to be vulnerable came back clean: no look-up works")
    for name in vulnerable:
        _say(f"  {name}")
    _say(f"Browser: {known} packages looked up, {len(vulnerable)} vulnerable")
    return 1 if vulnerable or not known else 0


def _npm_audit(folder: Path) -> tuple[int, list[str]]:
    """(packages looked at, names of vulnerable ones); nothing of either where it failed."""
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(BIN / "npm"), "audit", "--json", "--package-lock-only"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
        return report["metadata"]["dependencies"]["total"], list(report["vulnerabilities"])
    except (ValueError, KeyError):
        _say((done.stdout + done.stderr).strip()[-400:])
        return 0, []


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(text: str) -> int:
    _say(f"FAILED {text}")
    return 1
