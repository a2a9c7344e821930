"""A package before it is a version: what it holds, and how it becomes one.

Steps, for the transaction of whoever deploys or publishes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction

from cases import catalogue, table_checks
from cases.models import Package
from cases.package_checks import Problem
from common import clock, outbox
from permissions.models import User
from workflows.definitions import deploy_definition

LOCK = 0x7061636B  # any constant: versions are made one after another
Json = dict[str, Any]


@dataclass
class Draft:
    """A package as read from its folder, or as deployed with something added to it."""

    code: str
    path: str
    settings: Json
    forms: Json = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    source: bytes | None = None
    amendments: list[Json] = field(default_factory=list)

    @property
    def content_hash(self) -> str:
        """What the version is: settings, forms, tables, amendments and process together."""
        parts = [self.settings, self.forms, *([self.tables] if self.tables else [])]
        parts += [{"amendments": self.amendments}] if self.amendments else []
        told = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(told.encode() + b"\0" + (self.source or b"")).hexdigest()


class RefusedError(Exception):
    """Something in the packages is unsound; nothing was deployed."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems")


def lock() -> None:
    """Versions are made one after another, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def create_version(draft: Draft, version: int, actor: User | None) -> Package:
    """Keep a checked draft as a new version. Publishes definition.deployed."""
    definition = None
    if draft.source is not None:
        definition = deploy_definition(source=draft.source, actor=actor)
    found = Package.objects.create(
        code=draft.code,
        version=version,
        content_hash=draft.content_hash,
        settings=draft.settings,
        forms=draft.forms,
        tables=draft.tables,
        amendments=draft.amendments,
        definition=definition,
        deployed_at=clock.now(),
    )
    outbox.publish("definition.deployed", actor=actor, code=draft.code, version=version)
    return found


def amended(added: Mapping[str, list[Json]]) -> list[tuple[Draft, int]]:
    """The newest packages with more amendments (see `cases.amendments`), and their next version."""
    rows = Package.objects.newest().filter(code__in=added).select_related("definition")
    return [
        (
            Draft(
                code=row.code,
                path=row.code,
                settings=row.settings,
                forms=row.forms,
                tables=row.tables,
                source=bytes(row.definition.source) if row.definition else None,
                amendments=[*row.amendments, *added[row.code]],
            ),
            row.version + 1,
        )
        for row in rows.order_by("code")
    ]


def check_amended(added: Mapping[str, list[Json]], *, on: date) -> list[Problem]:
    """What is unsound in the tables if this is added, by file and cell; parameters count as of a
    day."""
    catalogue.forget()
    drafts = [draft for draft, _version in amended(added)]
    return list(table_checks.check_tables(drafts, on=on))


def publish_amended(added: Mapping[str, list[Json]], *, actor: User, on: date) -> dict[str, int]:
    """New versions of the packages with what is added, by the checks of any deployment.

    Returns the new version numbers by code. Raises RefusedError with every problem.
    """
    lock()
    if problems := check_amended(added, on=on):
        raise RefusedError(problems)
    transaction.on_commit(catalogue.forget)
    made = [create_version(draft, version, actor) for draft, version in amended(added)]
    return {package.code: package.version for package in made}
