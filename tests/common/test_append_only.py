"""Logs are only added to: by right for the application, by trigger for everybody."""

import time

import pytest
from django.db import ProgrammingError, connection, models, transaction
from psycopg import errors, sql

from common import clock, database_roles, direct, outbox, seals
from common.append_only import LogRow
from common.models import CalendarDay, Change, Event, Seal
from permissions.access_log import record
from permissions.models import AccessRecord, AccountAct, User

pytestmark = pytest.mark.django_db(transaction=True)
LOGS = list(database_roles.LOGS)


@pytest.fixture
def rows() -> None:
    """One row in every log."""
    direct.add([Event(name="case.opened", stream="case:1", at=clock.now())])
    CalendarDay.objects.create(on="2027-01-01", is_workday=False)
    record(kind="view")
    user = User.objects.create(username="x", name="x")
    AccountAct.objects.create(name="account.created", user=user, at=clock.machine_now())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_seal (log, number, at, after_place, after_id, through_place, "
            "through_id, rows, columns, digest, mac) "
            "VALUES ('x', 1, now(), 0, 0, 0, 0, 0, '{}', '', '')"
        )


def test_every_log_is_known_to_the_rights():
    models_of = {m._meta.db_table for m in LogRow.__subclasses__()} | {Seal._meta.db_table}

    assert models_of == set(LOGS)


@pytest.mark.parametrize("log", LOGS)
def test_the_application_reads_and_never_changes_removes_or_empties(rows, application, log):
    table = sql.Identifier(log)
    [count] = application.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    assert count

    for statement in (
        "DELETE FROM {}",
        "TRUNCATE {}",
        "TRUNCATE {} CASCADE",
        "UPDATE {} SET id = id + 1",
        "ALTER TABLE {} DISABLE TRIGGER USER",
        "DROP TABLE {}",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            application.execute(sql.SQL(statement).format(table))
    # and no setting helps it
    application.execute("SET lianban.pruning = 'on'")
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(sql.SQL("DELETE FROM {}").format(table))


def test_the_application_writes_no_history_but_changes_leave_some(rows, application):
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(
            "INSERT INTO common_change (name, row_id, operation, changed, by, request_id) "
            "VALUES ('households_person', '1', 'update', '{}', '', '')"
        )

    application.execute("UPDATE common_calendarday SET note = '元旦'")

    assert Change.objects.latest("id").changed["note"] == ["", "元旦"]


def test_no_table_of_its_own_lets_the_application_write_history(application):
    application.execute("CREATE TEMP TABLE households_person (id int)")

    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(
            "CREATE TRIGGER keep_history AFTER DELETE ON households_person "
            "FOR EACH ROW EXECUTE FUNCTION common_keep_change('id', '')"
        )


def test_the_application_numbers_events_and_does_no_more_to_them(rows, application):
    application.execute(outbox.NUMBER, [10], prepare=False)
    assert Event.objects.get().position == 1

    with pytest.raises(errors.InsufficientPrivilege, match="only ever added"):
        application.execute("UPDATE common_event SET position = 7")


def test_the_application_seals(settings, tmp_path, as_application):
    settings.LIANBAN_HOME = tmp_path
    record(kind="view")
    direct.add([Event(name="case.opened", stream="case:1", at=clock.now())])

    told = {"common_event", "permissions_accessrecord"}
    deadline = time.monotonic() + 20
    while set(Seal.objects.values_list("log", flat=True)) != told:
        # other databases of the server may hold the horizon
        assert time.monotonic() < deadline
        seals.seal_logs()


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_only_role_of_an_installation_is_refused_too(rows, log, statement):
    """An operator with one role: it owns the tables, so only the triggers refuse."""
    with pytest.raises(ProgrammingError, match="only ever added"), connection.cursor() as cursor:
        cursor.execute(statement.replace("{}", log))


@pytest.mark.parametrize("model", [Event, Change, Seal, AccessRecord])
def test_the_only_role_changes_no_row(rows, model: type[models.Model]):
    with pytest.raises(ProgrammingError, match="only ever added"), transaction.atomic():
        model.objects.update(id=99)
