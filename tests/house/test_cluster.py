"""The embedded database: who may what, and what it survives."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from common import cluster, places

LONG = "a-folder-with-a-rather-long-name-" * 3


@pytest.fixture(scope="module")
def own() -> Iterator[cluster.Cluster]:
    home = Path(tempfile.mkdtemp(prefix="lb"))
    made = cluster.Cluster(home)
    with made.attached():
        yield made
    shutil.rmtree(home)


def postmaster(of: cluster.Cluster) -> psutil.Process:
    return psutil.Process(int((of.data / "postmaster.pid").read_text().split()[0]))


def kill(*processes: psutil.Process) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + 10
    while any(map(lives, processes)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def execute(of: cluster.Cluster, role: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**of.login(role), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def test_a_second_start_attaches_to_the_running_server(own: cluster.Cluster) -> None:
    before = postmaster(own).pid

    with cluster.Cluster(own.root.parent).attached():
        during = postmaster(own).pid

    assert (during, postmaster(own).pid) == (before, before)
    assert own.is_running()


def test_six_starts_at_once_make_one_server_and_the_last_one_out_stops_it() -> None:
    home = Path(tempfile.mkdtemp(prefix="lb"))
    program = (
        "import sys, pathlib, time\n"
        "from common.cluster import Cluster\n"
        "c = Cluster(pathlib.Path(sys.argv[1]))\n"
        "with c.attached():\n"
        "    print((c.data / 'postmaster.pid').read_text().split()[0], flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(home)]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, cwd=places.BASE_DIR, stdin=pipe, stdout=pipe) for _ in range(6)
    ]

    pids = {process.stdout.readline() for process in started if process.stdout}
    for process in started:
        process.communicate(timeout=60)

    assert len(pids) == 1
    assert not cluster.Cluster(home).is_running()
    shutil.rmtree(home)


def test_committed_rows_survive_a_killed_server(own: cluster.Cluster) -> None:
    execute(own, "owner", "CREATE TABLE kept (number int)")
    execute(own, "application", "INSERT INTO kept SELECT generate_series(1, 1000)")
    kill(postmaster(own))

    own.ensure()

    assert execute(own, "application", "SELECT count(*) FROM kept") == [(1000,)]


def test_everything_killed_and_the_pid_reused_by_another_program(own: cluster.Cluster) -> None:
    server = postmaster(own)
    kill(server, *server.children(recursive=True))
    pid_file = own.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    with subprocess.Popen(["sleep", "60"]) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))

        own.ensure()

        assert own.is_running()
        assert other.poll() is None
        other.kill()


def test_a_wrong_password_is_refused(own: cluster.Cluster) -> None:
    login = own.login("application") | {"password": "guess"}

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**login)


def test_no_network_port_is_open(own: cluster.Cluster) -> None:
    server = postmaster(own)

    family = [server, *server.children(recursive=True)]

    assert [c for process in family for c in process.net_connections("inet")] == []


def test_nobody_else_can_look_into_its_folders(own: cluster.Cluster) -> None:
    paths = [own.root, own.data, own.socket_dir, own.root / "passwords"]

    modes = {path.stat().st_mode & 0o777 for path in paths}
    secrets = {path.stat().st_mode & 0o777 for path in (own.root / "passwords").iterdir()}

    assert (modes, secrets) == ({0o700}, {0o600})


@pytest.mark.parametrize(
    ("role", "statement", "allowed"),
    [
        ("owner", "CREATE TABLE made_by_owner (id int)", True),
        ("application", "CREATE TABLE made_by_application (id int)", False),
        ("application", "INSERT INTO things VALUES (1)", True),
        ("application", "UPDATE things SET id = 2", True),
        ("application", "DELETE FROM things", True),
        ("application", "TRUNCATE things", False),
        ("application", "DROP TABLE things", False),
        ("application", "CREATE TEMPORARY TABLE passing (id int)", True),
        ("reader", "SELECT * FROM things", False),
        ("reader", "INSERT INTO things VALUES (1)", False),
        ("reader", "CREATE TEMPORARY TABLE passing (id int)", False),
    ],
)
def test_each_role_does_its_own_work_only(
    own: cluster.Cluster, role: str, statement: str, allowed: bool
) -> None:
    execute(own, "owner", "CREATE TABLE IF NOT EXISTS things (id int)")

    if allowed:
        execute(own, role, statement)
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(own, role, statement)


def test_a_long_path_gets_a_short_private_socket_folder() -> None:
    folder = cluster.Cluster(Path("/srv") / LONG).socket_dir

    assert len(str(folder)) < cluster.SOCKET_PATH_LIMIT


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    from common.unprivileged import Account

    target = tmp_path / "real"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)

    with pytest.raises(PermissionError):
        Account().own(tmp_path / "link")
