"""Dying with one's parent, where the kernel can arrange it (Linux)."""

import ctypes
import os
import signal
import sys

import psutil

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask for SIGTERM when the process that started this one ends, however it ends."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def die_with_make() -> None:
    """The same for `make up` whose make is killed; a shell that started us may go."""
    try:
        if psutil.Process(os.getppid()).name() in {"make", "gmake"}:
            die_with_parent()
    except psutil.Error:
        pass
