"""Changes of the rules: tried by one curator, published by another."""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import drafts, rulebook
from cases.models import Package
from cases.package_checks import Problem
from common import clock, jobs
from common.errors import (
    ConflictError,
    DeniedError,
    EngineError,
    FieldError,
    InputError,
    MissingError,
)
from common.usecase import use_case
from permissions.models import User
from screening.models.rehearsals import Rehearsal
from screening.rehearsal import read_key, read_trial
from screening.rehearsal_report import report

Json = dict[str, Any]
MAX_SOURCE = 500
# reads only what was there when it began, and not for ever
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
PATIENCE = "SET LOCAL statement_timeout = '300s'"


@use_case
def rehearse(
    *,
    actor: User,
    parameters: Mapping[str, Any],
    tables: Mapping[str, str],
    on: date | None = None,
    source: str = "",
) -> Rehearsal:
    """Keep a change that is to be tried; a job makes its report.

    parameters: key to number. tables: a matter's code, or the name of one of the county's tables,
    to DMN. on: the day it is tried for, today without one. source: the article that asks for it.
    Raises DeniedError, and InputError with the file, the cell and the reason of all that is
    unsound.
    """
    actor.access.require("rule.try")
    trial = read_trial(parameters, tables)
    if len(source.strip()) > MAX_SOURCE:
        raise InputError("invalid-data", _("请写得短一些（不超过 500 字）"), field="source")
    day = on or clock.today()
    found = Rehearsal(
        author=actor,
        created_at=clock.now(),
        on=day,
        parameters={key: f"{value:f}" for key, value in trial.parameters.items()},
        tables=dict(tables),
        source=source.strip(),
    )
    _insist_sound(drafts.check_amended(_added(found, day), on=day))
    found.save()
    jobs.defer("screening.rehearse", rehearsal_id=found.pk)
    return found


def compute(*, rehearsal_id: int) -> None:
    """Make the report of a rehearsal; nothing else is written. Repeatable."""
    found = Rehearsal.objects.select_related("author").get(pk=rehearsal_id)
    if found.status != "running":
        return
    began = time.monotonic()
    try:
        told, versions = _asked(found)
    except (DatabaseError, EngineError):
        keep(rehearsal_id=rehearsal_id, told=None, versions={})
        raise
    told["seconds"] = round(time.monotonic() - began, 2)
    keep(rehearsal_id=rehearsal_id, told=told, versions=versions)


def _asked(found: Rehearsal) -> tuple[Json, dict[str, int]]:
    trial = read_trial(found.parameters, found.tables)
    with transaction.atomic(), connection.cursor() as cursor, override(settings.LANGUAGE_CODE):
        cursor.execute(SNAPSHOT)
        cursor.execute(PATIENCE)
        told = report(on=found.on, trial=trial, viewer=found.author)
        return told, _versions({key.partition("/")[0] for key in told["asked"]})


def _versions(codes: set[str]) -> dict[str, int]:
    """The newest versions of some packages and of the rules, with which all of them count."""
    rows = Package.objects.newest().filter(code__in=codes | {rulebook.RULES})
    return dict(rows.order_by("code").values_list("code", "version"))


def is_stale(found: Rehearsal) -> bool:
    """Whether the rules are no longer those of its report."""
    return bool(_versions(set(found.versions)) != found.versions)


@use_case
def keep(*, rehearsal_id: int, told: Json | None, versions: dict[str, int]) -> None:
    """The report as a job made it; None where it could not be made."""
    Rehearsal.objects.filter(pk=rehearsal_id, status="running").update(
        status="failed" if told is None else "ready", report=told, versions=versions
    )


@use_case
def publish(*, actor: User, rehearsal_id: int, starts_on: date, source: str = "") -> Rehearsal:
    """Put a rehearsed change in force from a day on: new versions of its packages.

    Until that day what held before goes on to hold. source: instead of the author's. Raises
    MissingError, DeniedError same-officer, InputError, ConflictError already-done, and
    changed-meanwhile where the rules are no longer those of the rehearsal. Publishes
    definition.deployed.
    """
    rows = Rehearsal.objects.visible_to(actor).select_for_update()
    found = rows.filter(pk=rehearsal_id).first()
    if found is None:
        raise MissingError
    _insist_publishable(found, actor)
    if starts_on < clock.today():
        raise InputError("invalid-data", _("起始日期不能早于今天"), field="starts_on")
    if len(source.strip()) > MAX_SOURCE:
        raise InputError("invalid-data", _("请写得短一些（不超过 500 字）"), field="source")
    drafts.lock()
    if is_stale(found):
        raise ConflictError("changed-meanwhile", _("试算以后规则又有了新版本，请重新试算"))
    found.source = source.strip() or found.source
    try:
        found.made = drafts.publish_amended(_added(found, starts_on), actor=actor, on=starts_on)
    except drafts.RefusedError as error:
        _insist_sound(error.problems)
    found.status, found.published_by = Rehearsal.Status.PUBLISHED, actor
    found.published_at, found.starts_on = clock.now(), starts_on
    found.save()
    return found


def _insist_publishable(found: Rehearsal, actor: User) -> None:
    if found.author_id == actor.pk:
        raise DeniedError("same-officer")
    if found.status == Rehearsal.Status.PUBLISHED:
        raise ConflictError("already-done", _("这项修改已经发布"))
    if found.status != Rehearsal.Status.READY:
        raise ConflictError("changed-meanwhile", _("没有试算结果，不能发布"))


def _added(found: Rehearsal, starts_on: date) -> dict[str, list[Json]]:
    """The rows that publishing adds, by package (see `cases.amendments`)."""
    source = found.source or (_("规则试算第 %d 号") % found.pk if found.pk else "")
    dated = {"from": str(starts_on), "source": source}
    added: dict[str, list[Json]] = {}
    for key, value in found.parameters.items():
        added.setdefault(rulebook.RULES, []).append({"key": key, "value": value, **dated})
    for name, text in found.tables.items():
        package, table = read_key(name)
        added.setdefault(package, []).append({"table": table, "text": text, **dated})
    return added


def _insist_sound(problems: list[Problem]) -> None:
    """Each problem at the field that brought it: file, cell and reason."""
    if not problems:
        return
    rows = []
    for problem in problems:
        package, _sign, file = problem.file.partition("/")
        table = file.removesuffix(".dmn")
        name = table if package == rulebook.RULES else package
        text = " ".join(filter(None, [f"{problem.file} {problem.element}:", problem.message]))
        rows.append(FieldError(f"tables.{name}", problem.code, text))
    raise InputError("invalid-data", errors=rows)
