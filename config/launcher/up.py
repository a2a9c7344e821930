"""`make up`: everything in the foreground."""

import fcntl
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError

from common import cluster, places
from config import exposure
from config.launcher import bundle, database, supervisor
from config.launcher.environment import SetupError, say
from config.launcher.parent import die_with_make

READY_SECONDS = 60.0
PORT_SECONDS = 3.0
TAKE_OVER_SECONDS = 12.0  # a supervisor that is stopping gets this long
ACCOUNTS = [
    ("window.fuyun", "浮云街道 窗口人员  window clerk, Fuyun"),
    ("town.fuyun", "浮云街道 经办      township officer"),
    ("town2.fuyun", "浮云街道 审批      township approver"),
    ("dept.civil.handler", "民政局 经办        civil affairs, handler"),
    ("dept.civil.approver", "民政局 审批        civil affairs, approver"),
    ("supervisor", "督办              supervisor"),
]


def run() -> int:
    """Run until Ctrl-C or SIGTERM; 0 when stopped so, 2 where it refuses to start."""
    exposure.refuse_debug_on(exposure.proxied_hosts())
    die_with_make()
    home = places.private_dir(places.home())
    port = int(os.environ.get("PORT") or 8000)
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        record = places.private_dir(home / "run") / "processes.json"
        supervisor.end_orphans(record)
        _insist_free(port)
        bundle.ensure()
        own = cluster.Cluster(home) if database.is_embedded() else None
        if own is not None:
            stack.enter_context(own.attached())
        fresh = database.ensure()
        log = places.private_dir(home / "logs")
        children = [supervisor.web(port, log), supervisor.worker(log)]
        watch = supervisor.Supervisor(children, record, own)
        watch.stop_on_signals()
        try:
            _serve(watch, port, first_time=fresh)
        finally:
            say("Stopping …")
            watch.stop()
            if own is not None:
                own.stop()
    return 0


def _serve(watch: supervisor.Supervisor, port: int, *, first_time: bool) -> None:
    began, announced = time.monotonic(), False
    while not watch.stopping:
        watch.look_after_all()
        if not announced and _answers(port):
            _announce(port, first_time=first_time)
            announced = True
        if not announced and time.monotonic() - began > READY_SECONDS:
            raise SetupError(f"The pages do not answer; see {places.home() / 'logs'}.")
        time.sleep(0.4 if announced else 0.1)


def _announce(port: int, *, first_time: bool) -> None:
    lines = [f"ready: http://127.0.0.1:{port}/"]
    kept = places.home() / "sample-password"
    if database.wants_sample() and kept.exists():
        password = kept.read_text().strip() if first_time else f"kept in {kept}"
        lines += ["", f"Sample accounts, one password for all: {password}"]
        lines += [f"  {name:<22}{who}" for name, who in ACCOUNTS]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _answers(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _insist_free(port: int) -> None:
    """What was ended just now may hold the port for a moment still."""
    deadline = time.monotonic() + PORT_SECONDS
    while not _is_free(port):
        if time.monotonic() > deadline:
            raise SetupError(f"Port {port} is taken; try another: PORT=8001 make up")
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One `make up` for one LIANBAN_HOME."""
    with (places.private_dir(home / "run") / "lock").open("a") as lock:
        deadline = time.monotonic() + TAKE_OVER_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SetupError(f"`make up` is running already for {home}.") from None
                time.sleep(0.2)
        yield
