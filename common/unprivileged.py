"""Running PostgreSQL's programs although we are root, which they refuse.

As root a program enters a user namespace in which it is nobody in particular, yet still owns its
files; where the machine forbids that, it runs as `nobody`. As any other user nothing is done.
"""

import ctypes
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

CLONE_NEWUSER = 0x10000000


class Account:
    """How to run a program on files under a folder: as ourselves."""

    enter: Callable[[], None] | None = None

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; it keeps no file of ours open."""
        return subprocess.run(
            [str(part) for part in command],
            preexec_fn=self.enter,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            text=True,
            check=False,
        )

    def own(self, *folders: Path) -> None:
        """The program's account owns the folders; nobody else may look into them."""
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self.uid}:
                raise PermissionError(f"{folder} belongs to somebody else")
            folder.chmod(0o700)

    def remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    @property
    def uid(self) -> int:
        return os.geteuid()


class Namespaced(Account):
    """Root inside an unmapped user namespace: the files stay root's."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)

        def enter() -> None:
            if libc.unshare(CLONE_NEWUSER):
                os._exit(97)

        self.enter = enter


class Nobody(Account):
    """The system's `nobody`, who then owns the cluster's files."""

    def __init__(self) -> None:
        self.entry = pwd.getpwnam("nobody")
        uid, gid = self.entry.pw_uid, self.entry.pw_gid

        def enter() -> None:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)

        self.enter = enter

    @property
    def uid(self) -> int:
        return self.entry.pw_uid

    def own(self, *folders: Path) -> None:
        super().own(*folders)
        for folder in folders:
            folder.parent.chmod(folder.parent.stat().st_mode | 0o011)
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, self.uid, self.entry.pw_gid, follow_symlinks=False)


def account(folder: Path) -> Account:
    """Who runs PostgreSQL on this machine for files under a folder."""
    if os.geteuid() != 0:
        return Account()
    namespaced = Namespaced()
    if namespaced.run(["/bin/sh", "-c", f"test -w '{folder}'"]).returncode == 0:
        return namespaced
    return Nobody()
