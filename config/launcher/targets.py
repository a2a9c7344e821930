"""What each target of the Makefile does, inside the virtual environment."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from common import cluster, places
from config.launcher import audit, browser, bundle, database, lock, up
from config.launcher.environment import BASE_DIR, BIN, SetupError, told_simply

CHECKS: list[Sequence[str]] = [
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
    ("djlint", ".", "--check", "--lint", "--quiet"),
    ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    ("python", "manage.py", "check", "--fail-level", "WARNING"),
    ("deptry", "."),
]


def run(target: str, arguments: list[str]) -> int:
    with told_simply():
        try:
            return TARGETS[target](arguments)
        except cluster.ClusterError as error:
            raise SetupError(str(error)) from error
        except KeyboardInterrupt:
            return 130


def _up(_arguments: list[str]) -> int:
    return up.run()


def _on_database(command: str) -> Callable[[list[str]], int]:
    def target(arguments: list[str]) -> int:
        bundle.translations()
        own = cluster.Cluster(places.home())
        with own.attached() if database.is_embedded() else nullcontext():
            database.ensure()
            return _call("python", "manage.py", command, *arguments)

    return target


def _test(arguments: list[str]) -> int:
    bundle.ensure()
    os.environ["LIANBAN_CHROMIUM"] = str(browser.ensure())
    os.environ["LIANBAN_HOME"] = str(places.home() / "test")
    return _call("pytest", "-n", "2", "--dist", "loadfile", *arguments)


def _check(_arguments: list[str]) -> int:
    failed = []
    for command in CHECKS:
        sys.stdout.write(f"--- {' '.join(command)}\n")
        sys.stdout.flush()
        if _call(*command):
            failed.append(command)
    for command in failed:
        sys.stdout.write(f"FAILED: {' '.join(command)}\n")
    return 1 if failed else 0


def _call(name: str, *arguments: str) -> int:
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(BIN / name), *arguments]
    return subprocess.run(
        command, cwd=BASE_DIR, env=os.environ | {"PATH": path}, check=False
    ).returncode


TARGETS: dict[str, Callable[[list[str]], int]] = {
    "up": _up,
    "test": _test,
    "demo": _on_database("demo"),
    "bench": _on_database("bench"),
    "check": _check,
    "audit": lambda _arguments: audit.run(),
    "lock": lambda _arguments: lock.run_lock(),
}
