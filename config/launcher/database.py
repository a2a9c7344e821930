"""A database made ready: migrated by its owner, rights given, matters deployed, sample loaded."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from common import cluster, database_roles, places
from config.launcher.environment import BASE_DIR, SetupError, digest, say

LOCK = 0x6C69616E62616E  # any constant: one machine at a time sets the database up
# what figures are made of: no passwords, tokens, sessions, nothing that people typed
READABLE = [
    *("households\\_%.%", "cases\\_%.%", "screening\\_%.%", "workflows\\_%.%"),
    *("permissions\\_division.%", "permissions\\_orgunit.%", "permissions\\_roleassignment.%"),
    *("permissions\\_user.id", "permissions\\_user.is\\_active"),
    *("common\\_event.%", "common\\_calendarday.%", "common\\_clockoffset.%"),
    "django\\_migrations.%",
]
PACKAGES = ["bpmn/matters", "bpmn/shared", "bpmn/rules"]
MARKS = "CREATE TABLE IF NOT EXISTS lianban_setup (name text PRIMARY KEY, value text NOT NULL)"
REMEMBER = """
INSERT INTO lianban_setup VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


def is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL")


def wants_sample() -> bool:
    value = os.environ.get("LIANBAN_SAMPLE", "")
    return value.lower() in {"1", "true", "yes", "on"} if value else is_embedded()


def ensure() -> bool:
    """Bring the running database up to this version; True when the sample was loaded just now."""
    with _as_owner() as connection:
        wanted = _version()
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if _known(connection, "version") != wanted:
            _renew(connection)
            connection.execute(REMEMBER, ["version", wanted])
        if not wants_sample() or _known(connection, "sample"):
            return False
        say("Sample county …")
        manage("load_sample")
        connection.execute(REMEMBER, ["sample", "loaded"])
        return True


def manage(*arguments: str, role: str = "application") -> None:
    """Run a management command, silent unless it refuses: then SetupError."""
    env = os.environ | {"LIANBAN_DATABASE_ROLE": role}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise SetupError(f"`manage.py {arguments[0]}` ended with {done.returncode}:\n{said}")


def _renew(connection: psycopg.Connection) -> None:
    say("Database …")
    manage("migrate", "--noinput", "-v0", role="owner")
    connection.execute(MARKS)
    application, reader = _users()
    database_roles.grant(connection, application=application, reader=reader)
    if reader not in {application, connection.info.user}:
        database_roles.grant_reading(connection, reader=reader, readable=READABLE)
    manage("deploy", *PACKAGES)


def _known(connection: psycopg.Connection, name: str) -> str | None:
    if connection.execute("SELECT to_regclass('lianban_setup')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT value FROM lianban_setup WHERE name = %s", [name]).fetchone()
    return str(row[0]) if row else None


def _version() -> str:
    files = [*BASE_DIR.glob("*/migrations/*.py"), *BASE_DIR.glob("bpmn/**/*.*")]
    return digest([*sorted(files), BASE_DIR / "requirements.txt"])


def _users() -> tuple[str, str]:
    if is_embedded():
        return cluster.USERS["application"], cluster.USERS["reader"]
    application = os.environ["DATABASE_URL"]
    reader = os.environ.get("DATABASE_READER_URL") or application
    return _user(application), _user(reader)


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "")


@contextmanager
def _as_owner() -> Iterator[psycopg.Connection]:
    if is_embedded():
        login: dict[str, Any] = {**cluster.Cluster(places.home()).login("owner")}
    else:
        url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
        login = {"conninfo": url}
    try:
        connection = psycopg.connect(**login, autocommit=True)
    except psycopg.OperationalError as error:
        raise SetupError(f"The database does not answer: {error}") from error
    with connection:
        if connection.info.server_version < 150000:
            raise SetupError("PostgreSQL 15 or newer is needed.")
        yield connection
