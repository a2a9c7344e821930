"""Looks for known numbers in everything that a copy of the installation would hold.

Run inside it (`manage.py shell`), with the folder of its home: prints where, never what.
"""

import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from households.models import Household, Person
from permissions.models import Session

RUN = re.compile(rb"[0-9]{11,}[Xx]?")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def known() -> set[bytes]:
    """Every identity number, phone and account of the register, as text."""
    found: set[str] = set()
    for person in Person.objects.iterator():
        found |= {person.open_id_number(), person.open_phone(), person.open_bank_account()}
    from common import crypto

    for household in Household.objects.exclude(bank_account=None).iterator():
        found.add(crypto.decrypt(household.bank_account))
    return {number.encode() for number in found if len(number) >= 11}


class Scan:
    """What is looked for, and where it was found."""

    def __init__(self, numbers: set[bytes]) -> None:
        self.numbers = numbers
        self.sizes = {len(number) for number in numbers}
        self.found: set[str] = set()
        self.looked_at = 0

    def look(self, data: bytes, where: str) -> None:
        self.looked_at += len(data)
        for run in RUN.finditer(data):
            text = run.group().upper()
            parts = (
                text[start : start + size]
                for size in self.sizes
                for start in range(len(text) - size + 1)
            )
            if any(part in self.numbers for part in parts):
                self.found.add(where)

    def tables(self) -> int:
        """Every column of every table."""
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            names = [name for (name,) in cursor.fetchall()]
            for name in names:
                cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - the catalogue's own names
                columns = [column.name for column in cursor.description]
                for row in cursor:
                    for column, value in zip(columns, row, strict=True):
                        for data in _forms(value):
                            self.look(data, f"{name}.{column}")
        for session in Session.objects.all():
            self.look(json.dumps(session.get_decoded()).encode(), "django_session, decoded")
        return len(names)

    def files(self, folder: Path) -> int:
        """Logs, the database's own among them."""
        paths = [path for path in folder.rglob("*.log") if path.is_file()]
        for path in paths:
            self.look(path.read_bytes(), path.name)
        return len(paths)


def _forms(value: Any) -> Iterator[bytes]:
    if value is None or isinstance(value, bool | float):
        return
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        yield data
        if data[:1] == b"\x78":
            try:
                yield zlib.decompress(data)
            except zlib.error:
                return
    elif isinstance(value, str):
        yield value.encode()
    elif isinstance(value, dict | list):
        yield json.dumps(value, default=str).encode()
    else:
        yield str(value).encode()


def run(folder: str) -> None:
    """The whole of it, as one line of JSON."""
    numbers = known()
    scan = Scan(numbers)
    told = {"numbers": len(numbers), "tables": scan.tables(), "logs": scan.files(Path(folder))}
    print(json.dumps(told | {"bytes": scan.looked_at, "found": sorted(scan.found)}))  # noqa: T201
