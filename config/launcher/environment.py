"""The virtual environment, made from hashed requirements. Standard library only: it comes first."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VENV = BASE_DIR / ".venv"
BIN = VENV / "bin"
FILES = {False: ["requirements.txt"], True: ["requirements.txt", "requirements-dev.txt"]}


class SetupError(Exception):
    """Something that set-up needs is not there; the message says what to do."""


def is_inside() -> bool:
    return Path(sys.prefix) == VENV


def ensure(*, developer: bool) -> None:
    """Make or renew .venv; nothing to do where its mark fits the requirements."""
    with one_at_a_time():
        if _is_ready(developer=developer):
            return
        say("Python packages …")
        if not _is_usable():
            _make()
        files = [part for name in FILES[developer] for part in ("-r", name)]
        run([BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes", *files])
        # the developer's packages contain the product's
        for kind in {False, developer}:
            _mark(developer=kind).write_text(_wanted(developer=kind))


def enter(arguments: Sequence[str]) -> None:
    """Become the environment's Python: same process, so signals of `make` reach it."""
    sys.stdout.flush()
    python = str(BIN / "python")
    os.execv(python, [python, *arguments])  # noqa: S606 - our own Python


def run(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> None:
    """Run a program of the set-up; SetupError if it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=BASE_DIR, env=env, stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise SetupError(f"`{' '.join(map(str, command[:4]))} …` failed ({done.returncode}).")


def digest(paths: Sequence[Path], *more: str) -> str:
    """A fingerprint of files and words."""
    found = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        found.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def told_simply() -> Iterator[None]:
    """A failed set-up ends with its reason, without a traceback."""
    try:
        yield
    except SetupError as error:
        sys.exit(f"\n{error}")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """`make up` and `make test` may start together: one of them sets up."""
    folder = os.open(BASE_DIR, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise SetupError(
            f"{made.stdout}{made.stderr}\nPython cannot make a virtual environment here "
            "(Debian and Ubuntu: install the package python3-venv)."
        )


def _is_usable() -> bool:
    """An environment of this very place, whose Python still runs."""
    config = VENV / "pyvenv.cfg"
    if not config.exists() or str(VENV) not in (BIN / "pip").read_text(errors="replace"):
        return False
    return subprocess.run([BIN / "python", "-c", ""], check=False).returncode == 0


def _is_ready(*, developer: bool) -> bool:
    mark = _mark(developer=developer)
    return mark.exists() and mark.read_text() == _wanted(developer=developer)


def _mark(*, developer: bool) -> Path:
    return VENV / ("ready-developer" if developer else "ready")


def _wanted(*, developer: bool) -> str:
    return digest([BASE_DIR / name for name in FILES[developer]], str(VENV))
