"""`make up` as an operator sees it: it starts, survives kills, stops and leaves nothing."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from common import places

SECONDS = 60.0
# its own home and database, whatever the tests themselves run on
DROPPED = ("DJANGO_", "LIANBAN_", "DATABASE_")


class Up:
    """A running `make up` with a home and a port of its own."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="lb"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Up":
        self.close()
        env = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED)}
        env |= {"LIANBAN_HOME": str(self.home), "PORT": str(self.port), "LIANBAN_SAMPLE": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.launcher", "up"],
            cwd=places.BASE_DIR,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], SECONDS)[0], "no word for a minute"
        line = self.process.stdout.readline()
        assert line == f"ready: http://127.0.0.1:{self.port}/\n", line
        return self

    def wait_ready(self) -> None:
        deadline = time.monotonic() + SECONDS
        while self.readiness() != 200:
            assert time.monotonic() < deadline, "not ready again"
            time.sleep(0.2)

    def readiness(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as a:
                return int(a.status)
        except OSError as error:
            return int(getattr(error, "code", 0))

    def pid(self, name: str) -> int:
        if name == "database":
            return int((self.home / "pg/data/postmaster.pid").read_text().split()[0])
        rows = json.loads((self.home / "run/processes.json").read_text())
        return next(int(row["pid"]) for row in rows if row["name"] == name)

    def processes(self) -> list[psutil.Process]:
        """Everything alive that has this home in its environment or arguments."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                home = process.environ().get("LIANBAN_HOME")
                if home == str(self.home) or str(self.home) in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        if self.process and self.process.stdout:
            self.process.stdout.close()
            self.process.kill()
            self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> float:
        assert self.process
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(SECONDS) == 0
        return time.monotonic() - began


@pytest.fixture
def up() -> Iterator[Up]:
    running = Up()
    yield running
    running.close()
    for process in running.processes():
        process.kill()
    shutil.rmtree(running.home)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_is_ready_and_stops_leaving_nothing(up: Up, number: int) -> None:
    up.start()
    up.wait_ready()

    seconds = up.stop(number)

    assert seconds < 10
    assert up.processes() == []


@pytest.mark.slow
def test_killed_parts_come_back_by_themselves(up: Up) -> None:
    up.start().wait_ready()

    for name in ("web", "worker", "database"):
        os.kill(up.pid(name), signal.SIGKILL)
        time.sleep(0.5)
    up.wait_ready()

    up.stop()
    assert up.processes() == []


@pytest.mark.slow
def test_the_next_start_goes_on_after_a_killed_supervisor(up: Up) -> None:
    up.start().wait_ready()
    assert up.process
    up.process.kill()
    up.process.wait()

    up.start().wait_ready()

    assert up.stop() < 10
    assert up.processes() == []


@pytest.mark.slow
def test_the_next_start_goes_on_after_everything_was_killed(up: Up) -> None:
    up.start().wait_ready()
    assert up.process
    for process in up.processes():
        process.kill()
    up.process.wait()

    up.start().wait_ready()

    up.stop()


@pytest.mark.slow
def test_a_second_one_beside_it_is_refused_by_name_of_the_port(up: Up) -> None:
    up.start()
    other = Up()
    other.port = up.port

    with pytest.raises(AssertionError):
        other.start()

    assert other.process
    assert other.process.wait(SECONDS) == 1
    other.close()
    shutil.rmtree(other.home)
    up.stop()
