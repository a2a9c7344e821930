"""`make up` in the foreground: database, web and worker, restarted when they die."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from common import cluster
from config.launcher.environment import BASE_DIR, say
from config.launcher.parent import die_with_parent

STOP_SECONDS = 4.0
PAUSES = [0.2, 0.5, 1.0, 2.0, 5.0]  # between restarts of a child that keeps dying
HEALTHY_AFTER = 30.0
ROTATE_BYTES = 20_000_000


@dataclass
class Child:
    """A program that ought to run, and the process that runs it now."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = field(default=0.0)

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > ROTATE_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.started = time.monotonic()

    def look_after(self) -> bool:
        """Start it again if it died and has paused; True when its process is another one now."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return False
            if now - self.started > HEALTHY_AFTER:
                self.deaths = 0
            pause = PAUSES[min(self.deaths, len(PAUSES) - 1)]
            say(f"{self.name} ended ({self.process.returncode}), again in {pause} s: {self.log}")
            _end_group(self.process.pid)  # what it left behind
            self.deaths, self.not_before, self.process = self.deaths + 1, now + pause, None
        if now < self.not_before:
            return False
        self.start()
        return True


class Supervisor:
    """Keeps the children running until a signal comes."""

    def __init__(self, children: list[Child], record: Path, database: cluster.Cluster | None):
        self.children = children
        self.record = record
        self.database = database
        self.stopping = False

    def stop_on_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def look_after_all(self) -> None:
        """One round: the database first, the others need it."""
        if self.database is not None and not self.database.is_running():
            say("The database ended, starting it again.")
            try:
                self.database.ensure()
            except cluster.ClusterError as error:
                say(str(error))
                return
        changed = [child for child in self.children if child.look_after()]
        if changed:
            self._write_record()

    def stop(self) -> None:
        """End the children, all at once, within seconds; then the record of them."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            _end_group(process.pid)
            process.wait()
        self.record.unlink(missing_ok=True)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _write_record(self) -> None:
        rows = []
        for child in self.children:
            if child.process is None:
                continue
            with suppress(psutil.Error):
                created = psutil.Process(child.process.pid).create_time()
                rows.append({"name": child.name, "pid": child.process.pid, "created": created})
        fresh = self.record.with_suffix(".new")
        fresh.write_text(json.dumps(rows))
        fresh.replace(self.record)


def end_orphans(record: Path) -> None:
    """End what a killed supervisor left running, known by pid and moment of creation."""
    try:
        rows = json.loads(record.read_text())
    except (OSError, ValueError):
        return
    found = []
    for row in rows:
        try:
            process = psutil.Process(row["pid"])
            if abs(process.create_time() - row["created"]) < 0.01:
                process.terminate()
                found.append(process)
        except psutil.NoSuchProcess:
            _end_group(row["pid"])  # killed; no other group has its number while members live
    psutil.wait_procs(found, timeout=STOP_SECONDS)
    for process in found:
        _end_group(process.pid)
    record.unlink(missing_ok=True)


def web(port: int, log: Path) -> Child:
    """Gunicorn: two processes of four threads, loaded once; a database connection a thread."""
    command = [
        *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
        *("--bind", f"127.0.0.1:{port}", "--workers", os.environ.get("LIANBAN_WEB", "2")),
        *("--preload", "--worker-class", "config.webworker.FairWorker", "--threads", "4"),
        *("--keep-alive", "30"),
        *("--timeout", "60", "--graceful-timeout", "3", "--no-control-socket"),
        *("--log-level", "warning"),
    ]
    return Child("web", command, log / "web.log")


def worker(log: Path) -> Child:
    """Background jobs and timers."""
    command = [
        *(sys.executable, "manage.py", "procrastinate", "worker", "--concurrency", "2"),
        *("--delete-jobs", "successful"),
        *("--fetch-job-polling-interval", "0.5", "--shutdown-graceful-timeout", "2"),
    ]
    return Child("worker", command, log / "worker.log")


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
