"""A new key: while people work, killed in the middle, with several processes."""

import json
import os
import subprocess
import sys
import threading
import time
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from common import crypto, places, rotation
from common.errors import ConflictError
from common.keys import FileStore, KeyFileError
from common.models import IdempotencyKey
from households.models import Person
from tests.factories.county import make_household
from workflows.models import WorkItem

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 12_000
COPIES = """
INSERT INTO common_idempotencykey (user_id, key, fingerprint, status, answer, created_at)
SELECT 0, n::text, '\\x00', 200, %s, now() FROM generate_series(1, %s) n
"""


@pytest.fixture(autouse=True)
def own_keys(tmp_path, settings):
    settings.LIANBAN_HOME = tmp_path
    crypto.forget_keys()
    yield
    crypto.forget_keys()


def fill(rows: int = ROWS) -> None:
    """Rows sealed by the first key; their content is the same, which is nothing to the rotation."""
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [crypto.seal(b'{"name":"x"}', about="answer"), rows])


def elsewhere(home, *arguments: str) -> subprocess.Popen[str]:
    """A management command on the test's database, as another process."""
    found = connection.settings_dict
    login = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    where = urlencode({"host": found["HOST"], **({"port": found["PORT"]} if found["PORT"] else {})})
    url = f"postgresql://{login}@/{found['NAME']}?{where}"
    env = os.environ | {
        "DATABASE_URL": url, "DATABASE_OWNER_URL": url,
        "LIANBAN_HOME": str(home), "LIANBAN_SAMPLE": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", "--json", *arguments],
        cwd=places.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def told(process: subprocess.Popen[str]) -> dict:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(output)


def sealed_by(version: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM common_idempotencykey WHERE get_byte(answer, 1) = %s", [version]
        )
        return int(cursor.fetchone()[0])


def test_killed_in_the_middle_it_goes_on_and_nobody_notices(tmp_path, record_property):
    household = make_household()
    person = household.memberships.get(relation="head").person
    number = person.open_id_number()
    fill()
    unreadable, stop = [], threading.Event()

    def work() -> None:
        """Somebody reads and writes all the while."""
        serial = 0
        while not stop.is_set():
            try:
                serial += 1
                row = IdempotencyKey.objects.create(
                    user_id=1, key=str(serial), fingerprint=b"", answer={"n": serial}
                )
                again = IdempotencyKey.objects.get(pk=row.pk)
                assert again.answer == {"n": serial}
                Person.objects.get(pk=person.pk).open_id_number()
                list(IdempotencyKey.objects.filter(user_id=0).order_by("?")[:20])
            except Exception as error:  # noqa: BLE001
                unreadable.append(error)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        first = elsewhere(tmp_path)
        while not sealed_by(2) and first.poll() is None:
            time.sleep(0.01)
        first.kill()
        first.communicate()
        half = sealed_by(2)

        done = told(elsewhere(tmp_path))
    finally:
        stop.set()
        worker.join()
    record_property("score", f"rotate_keys: {done['rows_per_second']} rows/s")
    time.sleep(rotation.SETTLE)
    rotation.reseal()
    finished = told(elsewhere(tmp_path, "--finish"))

    assert 0 < half < ROWS
    assert unreadable == []
    assert done["version"] == 2
    assert finished == {"retired": [1]}
    assert not any(rotation.count_stale(table) for table in rotation.tables())
    assert FileStore(tmp_path / "keys").versions("field") == [2]
    assert (tmp_path / "keys" / "retired" / "field.1").exists()
    crypto.forget_keys()
    assert Person.objects.get(pk=person.pk).open_id_number() == number
    assert IdempotencyKey.objects.filter(user_id=0).first().answer == {"name": "x"}


def test_the_old_key_stays_while_a_row_needs_it(tmp_path):
    fill(10)
    FileStore(tmp_path / "keys").add("field")

    with pytest.raises(ConflictError) as refused:
        rotation.finish()

    assert refused.value.extra["tables"] == {"common_idempotencykey": 10}
    assert FileStore(tmp_path / "keys").versions("field") == [1, 2]
    process = elsewhere(tmp_path, "--finish")
    process.communicate(timeout=60)
    assert process.returncode == 2


def test_rows_in_use_are_done_later_and_nobody_waits():
    fill(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM common_idempotencykey ORDER BY id LIMIT 1")
        held = cursor.fetchone()[0]
    holds, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic():
            IdempotencyKey.objects.select_for_update().get(pk=held)
            holds.set()
            let_go.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    holds.wait(10)
    batches: list[int] = []

    def progress(rows: int) -> None:
        batches.append(rows)
        let_go.set()

    done = rotation.rotate(progress=progress)
    holder.join()

    assert batches == [2, 1]
    assert (done.version, done.rows) == (2, 3)


def test_the_first_format_and_another_cipher_are_sealed_anew(settings):
    household = make_household()
    person = household.memberships.get(relation="head").person
    number = crypto.decrypt(Person.objects.get(pk=person.pk).id_number)
    first_format = crypto.encrypt(number)[1:]  # unbound, without a format
    Person.objects.filter(pk=person.pk).update(id_number=first_format)
    assert Person.objects.get(pk=person.pk).open_id_number() == number
    settings.LIANBAN_CIPHER = "sm4"

    rotation.reseal()

    row = Person.objects.get(pk=person.pk)
    assert bytes(row.id_number)[0] == 0x83
    assert row.open_id_number() == number


def test_every_sealed_column_is_found():
    found = {(table.name, table.columns) for table in rotation.tables()}

    assert {
        ("households_person", ("id_number", "phone", "bank_account")),
        ("households_household", ("bank_account",)),
        ("cases_case", ("agent_number",)),
        ("workflows_workitem", ("draft",)),
        ("common_idempotencykey", ("answer",)),
    } <= found
    assert WorkItem._meta.db_table in {name for name, _columns in found}


def test_a_key_that_others_can_read_is_refused(tmp_path):
    crypto.encrypt("x")
    path = tmp_path / "keys" / "field.1"
    path.chmod(0o640)
    crypto.forget_keys()

    with pytest.raises(KeyFileError, match="chmod 600"):
        crypto.encrypt("x")
