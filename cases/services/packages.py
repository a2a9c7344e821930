"""Deploying matter packages: read, checked as a whole, then new versions for new cases."""

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cases import amendments, catalogue, package_checks, table_checks
from cases.drafts import Draft, RefusedError, create_version, lock
from cases.package_checks import Problem
from cases.package_files import read_folder
from common import clock
from common.usecase import use_case
from permissions.models import OrgUnit, User

# folders of data that belong to no matter
FOLDERS = {"catalogue": "shared", "rules": "rules"}


@dataclass
class Deployed:
    """What became of one package."""

    code: str
    version: int
    is_new: bool


def deploy_packages(
    paths: list[Path], *, actor: User | None = None, dry_run: bool = False
) -> list[Deployed]:
    """Check and deploy packages, all or none; what did not change stays as it is.

    Raises RefusedError with file, element and reason of every problem.
    """
    drafts, problems = read_drafts(paths)
    catalogue.forget()
    problems += _carry(drafts)
    problems += package_checks.check(drafts, kinds=_kinds(drafts), organisations=_organisations())
    problems += table_checks.check_tables(drafts)
    if problems:
        raise RefusedError(problems)
    done = _deploy(drafts=drafts, actor=actor, dry_run=dry_run)
    catalogue.forget()
    return done


def _carry(drafts: list[Draft]) -> list[Problem]:
    """What curators published goes on beside the files, or stands in their way."""
    current, problems = catalogue.newest(), list[Problem]()
    for draft in drafts:
        if draft.code in current:
            now = current[draft.code]
            draft.amendments, found = amendments.carried(draft, now, clock.today())
            problems += found
    return problems


def _insist_unchanged(drafts: list[Draft]) -> None:
    """Nothing was published since the drafts were checked."""
    checked = [draft.amendments for draft in drafts]
    problems = _carry(drafts)
    for draft, was in zip(drafts, checked, strict=True):
        if draft.amendments != was:
            text = "another version was published meanwhile; deploy again"
            problems.append(Problem(draft.path, "", "changed-meanwhile", text))
    if problems:
        raise RefusedError(problems)


def _kinds(drafts: list[Draft]) -> set[str]:
    """Kinds of material, deployed or in the same call."""
    told = [draft.settings.get("kinds", {}) for draft in drafts if draft.code == "shared"]
    return {*catalogue.kinds(), *(kind for kinds in told for kind in kinds)}


def _organisations() -> set[str]:
    return set(OrgUnit.objects.values_list("code", flat=True))


def read_drafts(paths: list[Path]) -> tuple[list[Draft], list[Problem]]:
    """Read package folders, zips of them, and folders of folders."""
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for path in paths:
        for name, files in read_folder(path, problems):
            _read(name, files, drafts, problems)
    if not drafts and not problems:
        named = ", ".join(map(str, paths))
        problems.append(Problem(named, "", "not-found", "no matter package here"))
    return drafts, problems


def _read(name: str, files: dict[str, bytes], drafts: list[Draft], problems: list[Problem]) -> None:
    settings: dict[str, Any] = {}
    forms: dict[str, Any] = {}
    tables: dict[str, str] = {}
    for file, content in files.items():
        try:
            if file.endswith(".toml"):
                settings |= plain(tomllib.loads(content.decode("utf-8")))
            elif file.startswith("forms/") and file.endswith(".json"):
                forms[Path(file).stem] = ordered(json.loads(content))
            elif file.endswith(".dmn"):
                tables[Path(file).stem] = content.decode("utf-8")
        except (ValueError, RecursionError) as error:
            problems.append(Problem(f"{name}/{file}", "", "unreadable", str(error)[:300]))
    code = settings.setdefault("code", FOLDERS.get(name))
    if not isinstance(code, str) or not code.isidentifier() or len(code) > 40:
        problems.append(Problem(name, "", "no-code", _("matter.toml 缺少 code")))
        return
    drafts.append(Draft(code, name, settings, forms, tables, files.get("process.bpmn")))


def ordered(schema: Any) -> Any:
    """A form that remembers its fields' order: a database keeps none of an object's keys."""
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        return {**schema, "x-order": list(schema["properties"])}
    return schema


def plain(value: Any) -> Any:
    """TOML's dates as ISO text, so that settings are JSON."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


@use_case
def _deploy(*, drafts: list[Draft], actor: User | None, dry_run: bool) -> list[Deployed]:
    lock()
    catalogue.forget()
    _insist_unchanged(drafts)
    current = catalogue.newest()
    done: list[Deployed] = []
    for draft in drafts:
        now = current.get(draft.code)
        if now is not None and now.content_hash == draft.content_hash:
            done.append(Deployed(draft.code, now.version, is_new=False))
            continue
        version = now.version + 1 if now else 1
        done.append(Deployed(draft.code, version, is_new=True))
        if not dry_run:
            create_version(draft, version, actor)
    return done
