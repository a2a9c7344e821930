"""Where an installation keeps its own: database, keys, uploads, logs (LIANBAN_HOME)."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def home() -> Path:
    """LIANBAN_HOME, absolute; `var/` beside manage.py by default."""
    return Path(os.environ.get("LIANBAN_HOME") or BASE_DIR / "var").absolute()


def secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The secret kept in a file of mode 600; made at the first call, even by two at once.

    It is written whole under another name and then linked: one link wins, all read that one.
    """
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        private_dir(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600, exist_ok=False)
    with fresh.open("w", encoding="ascii") as file:
        file.write(make() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # refuses to replace: the first one wins
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()


def private_dir(path: Path) -> Path:
    """The folder, made if missing, for its owner only."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
