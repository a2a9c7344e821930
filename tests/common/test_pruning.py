"""Logs cut back by policy stay provably whole; so they do after a restore into another server."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from common import clock, seals
from common.database_roles import LOGS
from common.log_check import Report, check_logs, known_heads
from common.models import Seal
from permissions.access_log import record
from permissions.models import AccessRecord
from tests.common.test_seals import _small_batches, home  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "permissions_accessrecord"
NOW = timezone.now


@pytest.fixture
def years_ago(monkeypatch) -> None:
    """Ten looks at people, sealed four years ago, and one of today."""
    monkeypatch.setattr(clock, "machine_now", lambda: NOW() - timedelta(days=4 * 366))
    for _ in range(10):
        record(kind="view")
    settle_log()
    monkeypatch.setattr(clock, "machine_now", NOW)
    record(kind="search")
    settle_log()


def settle_log() -> None:
    while report().unsealed:
        seals.seal_logs()


def report() -> Report:
    known = known_heads()
    with transaction.atomic():
        return next(found for found in check_logs(known) if found.log == LOG)


def prune(*arguments: str) -> dict[str, dict[str, int | None]]:
    out = StringIO()
    call_command("prune_logs", "--json", *arguments, stdout=out)
    return {cut["log"]: cut for cut in json.loads(out.getvalue())["logs"]}


def test_a_dry_run_says_what_would_go_and_removes_nothing(years_ago):
    cut = prune("--dry-run")[LOG]

    assert (cut["rows"], AccessRecord.objects.count()) == (10, 11)


def test_what_is_older_goes_and_the_chain_says_so(years_ago):
    assert prune()[LOG]["rows"] == 10

    assert AccessRecord.objects.get().kind == "search"
    note = Seal.objects.get(log=LOG, pruned_through__isnull=False)
    assert (note.rows, report().faults) == (10, [])
    # and goes on so
    record(kind="view")
    settle_log()
    assert (report().rows, report().faults) == (2, [])


def test_it_can_be_pruned_again_and_again(years_ago, monkeypatch):
    prune()
    monkeypatch.setattr(clock, "machine_now", lambda: NOW() + timedelta(days=4 * 366))
    record(kind="view")
    settle_log()
    monkeypatch.setattr(clock, "machine_now", lambda: NOW() + timedelta(days=8 * 366))
    record(kind="view")
    settle_log()

    assert prune()[LOG]["rows"] == 2
    assert prune()[LOG]["rows"] == 0

    assert (report().rows, report().faults) == (1, [])


def test_a_row_that_comes_back_is_a_fault(years_ago):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM permissions_accessrecord LIMIT 1")
        prune()
        cursor.execute("INSERT INTO permissions_accessrecord SELECT * FROM kept")
        cursor.execute("DROP TABLE kept")

    assert [fault.kind for fault in report().faults] == ["inserted"]


def test_six_months_are_kept_whatever_is_set(settings, monkeypatch):
    settings.LIANBAN_LOG_DAYS = 1
    monkeypatch.setattr(clock, "machine_now", lambda: NOW() - timedelta(days=180))
    record(kind="view")
    settle_log()
    monkeypatch.setattr(clock, "machine_now", NOW)
    record(kind="view")
    settle_log()

    assert prune()[LOG]["rows"] == 0


def test_events_are_files_of_the_cases_and_stay(years_ago):
    assert "common_event" in LOGS
    assert "common_event" not in prune()


def test_another_role_than_the_owner_is_refused(years_ago, as_application):
    with pytest.raises(CommandError) as refused:
        prune()

    assert refused.value.returncode == 2
    assert AccessRecord.objects.count() == 11


@pytest.fixture
def _another_server() -> Iterator[None]:
    """As if restored into a server that has run few transactions yet."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(seals.REBASE.format(0))


@pytest.mark.usefixtures("_another_server")
def test_after_a_restore_it_counts_on_from_where_the_logs_end():
    record(kind="view")
    settle_log()
    with connection.cursor() as cursor:
        cursor.execute(seals.REBASE.format(-100_000))

    with pytest.raises(seals.RestoredError):
        seals.seal_logs()
    seals.rebase()

    record(kind="view")
    settle_log()
    assert (report().rows, report().faults) == (2, [])
