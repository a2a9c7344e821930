"""What browsers load and what people read: npm packages, bundle, translations, static files."""

import os
import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from common import places
from config.launcher.environment import BASE_DIR, BIN, digest, run, say

FRONTEND = BASE_DIR / "frontend"
MODULES = FRONTEND / "node_modules"
DIST = FRONTEND / "dist"


def ensure() -> None:
    """Build what is missing or out of date."""
    _packages()
    _bundle()
    translations()
    _static_files()


def npm(*arguments: str, folder: Path = FRONTEND) -> None:
    """Run npm by the Node of this environment, quietly and without install scripts."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    env = os.environ | {"PATH": path, "NO_UPDATE_NOTIFIER": "1"}
    run([BIN / "npm", "--prefix", folder, "--silent", *arguments], env=env)


def translations() -> None:
    """Compile every catalogue that is newer than its compiled twin."""
    for source in sorted(BASE_DIR.glob("**/locale/*/LC_MESSAGES/*.po")):
        if {".venv", "node_modules", "var"} & set(source.parts):
            continue
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        fresh = target.with_suffix(f".{os.getpid()}")
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(target)


def _packages() -> None:
    files = [FRONTEND / "package.json", FRONTEND / "package-lock.json"]
    wanted, mark = digest(files), MODULES / ".ready"
    if _says(mark, wanted):
        return
    say("Browser packages …")
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    mark.write_text(wanted)


def _bundle() -> None:
    sources = sorted(path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    wanted = digest([*sources, FRONTEND / "build.mjs", FRONTEND / "package-lock.json"])
    mark = MODULES / ".built"
    if _says(mark, wanted) and DIST.is_dir():
        return
    say("Browser bundle …")
    run([BIN / "node", FRONTEND / "build.mjs"])
    mark.write_text(wanted)


def _static_files() -> None:
    """Collected for the web server under LIANBAN_HOME, once for each bundle."""
    found = [path for path in BASE_DIR.glob("[!.]*/static/**/*") if path.is_file()]
    own = sorted(path for path in found if path.relative_to(BASE_DIR).parts[0] != "var")
    built = (MODULES / ".built").read_text()
    wanted = digest([*own, BASE_DIR / "requirements.txt"], built)
    mark = places.private_dir(places.home() / "run") / "static"
    if _says(mark, wanted):
        return
    say("Static files …")
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "-v0"]
    # DEBUG decides how static files are stored; what is collected is for production
    subprocess.run(command, cwd=BASE_DIR, env=os.environ | {"DEBUG": "0"}, check=True)
    mark.write_text(wanted)


def _says(mark: Path, wanted: str) -> bool:
    return mark.exists() and mark.read_text() == wanted
