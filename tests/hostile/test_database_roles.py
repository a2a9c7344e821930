"""What each role of the database may do, asked of the database."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from common.cluster import Cluster
from tests.load.town import Town

pytestmark = pytest.mark.slow
DENIED = errors.InsufficientPrivilege


@pytest.fixture
def application(town: Town) -> Iterator[psycopg.Connection]:
    with psycopg.connect(**Cluster(town.home).login("application"), autocommit=True) as found:
        yield found


@pytest.fixture
def reader(town: Town) -> Iterator[psycopg.Connection]:
    with psycopg.connect(**Cluster(town.home).login("reader"), autocommit=True) as found:
        yield found


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE x (a int)", "CREATE SCHEMA x", "CREATE FUNCTION x() RETURNS int LANGUAGE sql"
        " AS 'SELECT 1'", "ALTER TABLE cases_case ADD COLUMN x int", "DROP TABLE cases_case",
        "ALTER TABLE common_event DISABLE TRIGGER ALL", "TRUNCATE common_event",
        "CREATE INDEX ON cases_case (id)",
        "CREATE ROLE x", "ALTER ROLE CURRENT_USER SUPERUSER", "CREATE EXTENSION plpgsql",
        "COPY cases_case TO PROGRAM 'cat'", "COPY cases_case TO '/tmp/x'",
        "SELECT pg_read_file('/etc/passwd')", "SET ROLE postgres", "SELECT * FROM pg_authid",
        "CREATE DATABASE x",
    ],
)  # fmt: skip
def test_neither_role_changes_the_database(application, reader, statement):
    for connection in (application, reader):
        with pytest.raises((DENIED, errors.InvalidParameterValue, errors.DuplicateObject)) as said:
            connection.execute(statement)
        assert not isinstance(said.value, errors.SyntaxError)


def test_no_right_is_given_on(application, reader):
    for role in ("CURRENT_USER", "PUBLIC"):
        application.execute(f"GRANT ALL ON permissions_user TO {role}")  # a warning is all

    with pytest.raises(DENIED):
        reader.execute("SELECT password FROM permissions_user")


def test_the_application_works_with_rows(application):
    application.execute("CREATE TEMPORARY TABLE x (a int)")  # imports stage rows
    assert application.execute("SELECT count(*) FROM households_person").fetchone() != (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password FROM permissions_user", "SELECT * FROM permissions_user",
        "SELECT phone FROM permissions_user", "SELECT digest FROM knox_authtoken",
        "SELECT session_data FROM permissions_session", "SELECT id_number FROM households_person",
        "SELECT id_index FROM households_person", "SELECT phone FROM households_person",
        "SELECT bank_account FROM households_household", "SELECT agent_number FROM cases_case",
        "SELECT answer FROM common_idempotencykey", "SELECT draft FROM workflows_workitem",
        "SELECT state FROM workflows_instance", "SELECT args FROM procrastinate_jobs",
        "UPDATE cases_case SET status = 'open'", "DELETE FROM common_event",
        "INSERT INTO permissions_division VALUES ('1', 'x', 'town')",
        "CREATE TEMPORARY TABLE x (a int)",
    ],
)  # fmt: skip
def test_the_reader_sees_no_secret_and_writes_nothing(reader, statement):
    with pytest.raises(DENIED):
        reader.execute(statement)


def test_the_reader_sees_what_figures_are_made_of(reader):
    for statement in (
        "SELECT count(*), min(amount_yuan) FROM households_benefit",
        "SELECT division_code, category, count(*) FROM households_person GROUP BY 1, 2",
        "SELECT status, count(*) FROM cases_matter GROUP BY 1",
        "SELECT o.name FROM permissions_orgunit o",
        "SELECT status, due_at, finished_at FROM workflows_workitem",
        "SELECT name, at, data FROM common_event",
    ):
        reader.execute(statement).fetchall()


def test_no_column_of_bytes_is_readable(reader):
    rows = reader.execute(
        "SELECT relname, attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND atttypid = 'bytea'::regtype "
        "AND relkind = 'r' AND attnum > 0 AND NOT attisdropped "
        "AND has_column_privilege(c.oid, attnum, 'SELECT')"
    ).fetchall()

    assert rows == []
