"""A town of its own: `make up` with a sample county, driven from outside as clients do."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from cases.robots.client import Client
from common import places

STARTS_WITHIN = 180.0
STOPS_WITHIN = 15.0


class Town:
    """A running installation in a folder and on a port of its own."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="lb"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        dropped = ("DJANGO_", "LIANBAN_", "DATABASE_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(dropped)}
        self.env = kept | {"LIANBAN_HOME": str(self.home), "PORT": str(self.port)}
        self.process: subprocess.Popen[str] | None = None
        self.posts: dict[tuple[str, str], list[str]] = {}
        self.tokens: dict[str, str] = {}
        self.clients: list[Client] = []

    # --- running ---------------------------------------------------------------------------

    def start(self) -> None:
        """`make up`, until it says that it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.launcher", "up"],
            cwd=places.BASE_DIR, env=self.env, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], STARTS_WITHIN)[0], "not ready"
        assert self.process.stdout.readline().startswith("ready: ")

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(STOPS_WITHIN)
            self.close()

    def close(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()
            self.process = None

    def remove(self) -> None:
        """Nothing of it remains, neither processes nor files."""
        self.close()
        for process in self._processes():
            process.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def _processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("LIANBAN_HOME") == str(self.home) or str(
                    self.home
                ) in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill(self, what: str) -> None:
        """kill -9 of `web`, one of its processes (`web process`), `worker` or `database`."""
        try:
            pid = self._pid(what.split()[0])
            if what == "web process":
                children = psutil.Process(pid).children()
                pid = children[0].pid if children else pid
            os.kill(pid, signal.SIGKILL)
        except (OSError, KeyError, ValueError, StopIteration, psutil.Error):
            return  # it is being started again at this moment

    def _pid(self, name: str) -> int:
        if name == "database":
            return int((self.home / "pg/data/postmaster.pid").read_text().split()[0])
        rows = json.loads((self.home / "run/processes.json").read_text())
        return next(int(row["pid"]) for row in rows if row["name"] == name)

    # --- commands --------------------------------------------------------------------------

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a management command."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=places.BASE_DIR, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; its output."""
        done = self.command(*arguments)
        output, errors = done.communicate(timeout=600)
        assert done.returncode == 0, output + errors
        return output

    def ask(self, code: str) -> Any:
        """The value of an expression inside the installation, as JSON."""
        program = f"""import json
from cases.robots import plans, staff, world
print(json.dumps({code}))"""
        return json.loads(self.manage("shell", "--no-imports", "-c", program).splitlines()[-1])

    def books(self) -> list[Any]:
        """What check_books finds."""
        done = self.command("check_books", "--json")
        output, errors = done.communicate(timeout=600)
        assert output, errors
        return list(json.loads(output)["violations"])

    # --- people ----------------------------------------------------------------------------

    def hire(self) -> None:
        """Learn who works here, and sign all of them in."""
        rows = self.ask("[[*post, names] for post, names in staff.posts().items()]")
        self.posts = {(org, role): names for org, role, names in rows}
        names = sorted({name for names in self.posts.values() for name in names})
        self.tokens = self.ask(f"staff.issue_tokens(set({names!r}))")

    def client(self, patience: float = 60.0) -> Client:
        """A new connection, closed at the end of the test."""
        base = f"http://127.0.0.1:{self.port}/api/v1/"
        self.clients.append(Client(base, self.tokens, patience=patience))
        return self.clients[-1]

    def close_clients(self) -> None:
        """All connections; none of them may have seen the server fail."""
        failures = sum((client.failures for client in self.clients), Counter[str]())
        for client in self.clients:
            client.close()
        self.clients.clear()
        assert not failures, failures

    def wait_for_jobs(self) -> None:
        """Until no job waits or runs."""
        self.ask("world.wait_for_jobs()")
