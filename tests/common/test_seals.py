"""Sealed logs: whatever is done to a row, its seal or the file, the check says so."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from common import clock, direct, heads, seals
from common.log_check import Fault, Report, check_logs, known_heads
from common.models import Event, Seal
from tests.common.tampering import TAMPERING

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "common_event"


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Path:
    settings.LIANBAN_HOME = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch) -> None:
    monkeypatch.setattr(seals, "BATCH", 4)


def add(count: int = 1) -> list[Event]:
    rows = [Event(name="case.opened", stream="case:1", at=clock.now()) for _ in range(count)]
    return list(direct.add(rows))


def report(log: str = LOG) -> Report:
    known = known_heads()
    with transaction.atomic():
        return next(found for found in check_logs(known) if found.log == log)


def settle() -> int:
    """Seal all there is: transactions in other databases of the server may have to end first."""
    total, deadline = 0, time.monotonic() + 20
    while time.monotonic() < deadline:
        total += seals.seal_logs()
        if not report().unsealed:
            return total
        time.sleep(0.02)
    raise AssertionError("not all could be sealed")


def faults() -> list[str]:
    return [fault.kind for fault in report().faults]


def by_hand(*statements: str, ids: list[int]) -> None:
    """As the tables' owner who knows what stands in the way. {3} is the fourth of the ids."""
    with connection.cursor() as cursor:
        for table in (LOG, "common_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(re.sub(r"{(\d)}", lambda found: str(ids[int(found[1])]), statement))
        for table in (LOG, "common_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def sealed() -> list[int]:
    """Ten events in three seals, the last of them open to the horizon."""
    rows = add(10)
    assert settle() >= 10
    assert report().faults == []
    sizes = Seal.objects.filter(log=LOG).order_by("number").values_list("rows", flat=True)
    assert list(sizes) == [4, 4, 2]
    return [row.pk for row in rows]


def test_what_was_added_is_sealed_once(sealed):
    assert seals.seal_logs() == 0

    add(1)

    assert report().unsealed == 1
    assert settle() == 1
    found = report()
    assert (found.rows, found.seals, found.unsealed, found.faults) == (11, 4, 0, [])


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found(sealed, name):
    by_hand(*TAMPERING[name], ids=sealed)

    assert faults() != []
    add(3)
    seals.seal_logs()  # and it does not go away by itself
    assert faults() != []


def test_the_fault_says_where(sealed):
    by_hand("UPDATE common_event SET name = 'case.closed' WHERE id = {5}", ids=sealed)

    [fault] = report().faults

    assert (fault.kind, fault.seal) == ("altered", 2)
    assert (fault.first_id, fault.last_id) == (sealed[4], sealed[7])


def test_a_lost_file_of_heads_is_written_again_and_a_cut_line_is_passed_over(sealed, home):
    path = heads.path_of(LOG)
    assert path.stat().st_mode & 0o777 == 0o600
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])

    add(1)
    settle()

    assert heads.last(LOG).number == 4
    assert [head.number for head in heads.every(LOG, until=heads.size(LOG))] == [1, 2, 3, 4]
    assert faults() == []


def test_a_column_that_comes_later_changes_no_seal(sealed):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE common_event ADD COLUMN later text NOT NULL DEFAULT 'x'")
    try:
        add(1)
        settle()
        assert faults() == []
        by_hand("UPDATE common_event SET later = 'y' WHERE id > {9}", ids=sealed)
        assert faults() == ["altered"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE common_event DROP COLUMN later")
    assert faults() == ["missing-column"]


def test_a_row_that_commits_late_is_sealed_later_and_is_no_fault(in_thread):
    """Its id lies before sealed ones; its place does not."""
    held, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            add(1)
            held.set()
            assert go_on.wait(10)

    thread = in_thread(late)
    assert held.wait(10)
    add(5)

    seals.seal_logs()
    assert report().unsealed == 5  # nothing that might still be overtaken
    go_on.set()
    thread.join()
    settle()

    found = report()
    assert (found.rows, found.unsealed, found.faults) == (6, 0, [])


def write(seed: int, stop: threading.Event) -> None:
    """Transactions of one to three rows, some slow, some rolled back."""
    for n in range(25):
        with suppress(KeyError), transaction.atomic():
            add(1 + (n + seed) % 3)
            if (n + seed) % 4 == 0:
                stop.wait(0.01)
            if (n + seed) % 5 == 0:
                raise KeyError


def seal(stop: threading.Event) -> None:
    while not stop.is_set():
        seals.seal_logs()


def look(stop: threading.Event, wrong: list[Fault]) -> None:
    while not stop.is_set():
        known = known_heads()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            wrong += [fault for found in check_logs(known) for fault in found.faults]


def test_writers_and_sealers_at_once_never_give_a_false_alarm(in_thread):
    """Six connections commit out of order and roll back, three seal, one checks."""
    stop, wrong = threading.Event(), list[Fault]()

    writers = [in_thread(partial(write, seed, stop)) for seed in range(6)]
    others = [in_thread(partial(seal, stop)) for _ in range(3)]
    others.append(in_thread(partial(look, stop, wrong)))
    for thread in writers:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    settle()

    found = report()
    assert (wrong, found.faults, found.unsealed) == ([], [], 0)
    assert found.rows == Event.objects.count() > 200


@pytest.fixture
def in_thread() -> Iterator[Callable[..., threading.Thread]]:
    """Run something in a thread with a connection of its own; what it raises is raised."""
    started: list[threading.Thread] = []
    raised: list[BaseException] = []

    def start(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised by the test's own thread
                raised.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        started.append(thread)
        return thread

    yield start
    for thread in started:
        thread.join(20)
    assert raised == []


def test_the_command_says_so_and_ends_with_one(sealed, capsys):
    call_command("check_logs")
    assert f"{LOG}: 10 rows in 3 seals, 0 not sealed yet, 0 faults" in capsys.readouterr().out

    by_hand("DELETE FROM common_event WHERE id = {1}", ids=sealed)

    with pytest.raises(SystemExit) as ended:
        call_command("check_logs", "--json")
    assert ended.value.code == 1
    assert '"kind": "altered"' in capsys.readouterr().out


def test_another_key_is_another_house(sealed, home):
    (home / "keys" / "seal").unlink()

    assert set(faults()) == {"broken-chain"}
