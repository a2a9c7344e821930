"""The web server that robots speak to: the one that runs, or one of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
from django.conf import settings

from cases.robots.client import AS_PROXY

STARTS_WITHIN = 60.0
STOPS_WITHIN = 10.0


class NoServerError(Exception):
    """No server answers, and none could be started."""


@contextmanager
def running_server(token: str, *, web: int = 2, worker: bool = True) -> Iterator[str]:
    """The base address of a server on this database; started where none runs.

    token: an account's of this database, by which its server is recognised.
    """
    base = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    if _is_ours(base, token):
        yield base
        return
    with own_server(web=web, worker=worker) as own:
        yield own


def _is_ours(base: str, token: str) -> bool:
    try:
        with httpx.Client(base_url=base, timeout=5, trust_env=False) as http:
            if http.get("/healthz").status_code != 200:
                return False
            headers = {"Authorization": f"Token {token}"} | AS_PROXY
            return http.get("/api/v1/matters/", headers=headers).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def own_server(*, web: int = 2, worker: bool = True) -> Iterator[str]:
    """A web server with so many processes on a free port of loopback, and a worker."""
    port = _free_port()
    # as `make up` runs them
    gunicorn = [
        *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(web), "--keep-alive", "30"),
        *("--worker-class", "config.webworker.FairWorker", "--threads", "4"),
        "--no-control-socket",
        *("--log-level", "warning"),
    ]
    jobs = [
        *(sys.executable, "manage.py", "procrastinate", "worker", "--concurrency", "2"),
        *("--delete-jobs", "successful"),
        *("--fetch-job-polling-interval", "0.5"),
    ]
    with ExitStack() as stack:
        process = stack.enter_context(_process(gunicorn))
        if worker:
            stack.enter_context(_process(jobs))
        base = f"http://127.0.0.1:{port}"
        _wait_for(base, process)
        yield base


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    with httpx.Client(base_url=base, timeout=5, trust_env=False) as http:
        while time.monotonic() < until and process.poll() is None:
            try:
                if http.get("/healthz").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
    raise NoServerError("the web server did not start, see robots.log in LIANBAN_HOME/logs")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
