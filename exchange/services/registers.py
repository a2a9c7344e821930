"""Use case: load register files (contract: import_register)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from common import clock, history, jobs, outbox
from common.errors import InputError
from exchange.registers import staging
from exchange.registers.files import Table, open_table
from exchange.registers.kinds import Kind, kind_of, kinds
from exchange.registers.loaders import LOADERS
from exchange.registers.problems import FileRefusedError

_SUFFIXES = (".csv", ".xlsx")
_IMPORT_LOCK = 0x72656769  # one import at a time: rows are compared with what is there


@dataclass(frozen=True)
class Source:
    """A file that was opened and recognised."""

    table: Table
    kind: Kind


def insist_on_tables() -> None:
    """Raises InputError where the database was never set up, or is an older version's."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise InputError("invalid-data", _("数据库尚未初始化或版本较旧，请先运行 make up"))


def open_sources(paths: Iterable[Path]) -> list[Source]:
    """Recognise all files before any is loaded, in the order in which they depend.

    A folder stands for the register files in it; others in it are passed over. Raises
    FileRefusedError.
    """
    order = {kind.name: place for place, kind in enumerate(kinds())}
    sources: list[Source] = []
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.iterdir() if p.suffix.lower() in _SUFFIXES)
            found = [_open(file, strict=False) for file in files]
            if not any(found):
                raise FileRefusedError("invalid-data", _("文件夹里没有登记文件"), field=path.name)
            sources.extend(source for source in found if source)
        else:
            found_one = _open(path, strict=True)
            if found_one:
                sources.append(found_one)
    return sorted(sources, key=lambda source: order[source.kind.name])


def _open(path: Path, *, strict: bool) -> Source | None:
    table = open_table(path)
    kind = kind_of(path.stem, table.header)
    if kind is None:
        if strict:
            raise FileRefusedError("invalid-data", _("认不出是哪一种登记文件"), field=path.name)
        return None
    staging.prepare(table, kind, clock.today())
    return Source(table, kind)


@transaction.atomic(durable=True)
def import_file(*, actor: Any, source: Source, dry_run: bool = False) -> dict[str, Any]:
    """Load one file: all its sound rows or, where something breaks, nothing.

    The same file again changes nothing. Publishes `register.imported` if anything changed; versions
    of benefits hang on it. dry_run does the same and takes it all back. Returns the contract's JSON
    for the file.
    """
    history.say_who(actor=actor, by="exchange.import_file")
    load = staging.prepare(source.table, source.kind, clock.today())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
        cursor.execute("SET LOCAL work_mem = '64MB'")
    staging.stage(source.table, load)
    event = _Event(source, load, actor)
    LOADERS[source.kind.name](load, event.publish)
    if load.created + load.updated:
        event.publish()
    if dry_run:
        transaction.set_rollback(True)
    return _report(source, load)


def screen_after(reports: Iterable[dict[str, Any]]) -> None:
    """Have everybody screened once files have changed something."""
    if any(report["created"] or report["updated"] for report in reports):
        jobs.defer("screening.sweep_county")


class _Event:
    """The file's event: published once, when first asked for."""

    def __init__(self, source: Source, load: staging.Load, actor: Any) -> None:
        self._source, self._load, self._actor = source, load, actor
        self._pk: int | None = None

    def publish(self) -> int:
        if self._pk is None:
            load = self._load
            event = outbox.publish(
                "register.imported", stream="register", actor=self._actor,
                file=self._source.table.path.name, kind=load.kind.name, rows=load.rows,
                created=load.created, updated=load.updated, sha256=_digest(self._source),
            )  # fmt: skip
            self._pk = event.pk
        return self._pk


def _digest(source: Source) -> str:
    with source.table.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report(source: Source, load: staging.Load) -> dict[str, Any]:
    return {
        "name": source.table.path.name,
        "kind": source.kind.name,
        "rows": load.rows,
        "created": load.created,
        "updated": load.updated,
        "unchanged": load.unchanged,
        "rejected": load.rejected,
        "rejects": [p.as_dict() for p in sorted(load.rejects, key=lambda p: p.row)],
        "warnings": [p.as_dict() for p in sorted(load.warnings, key=lambda p: p.row)],
    }
