"""Policy packages: a version is published, a reader says that it was read."""

import hashlib
from datetime import date
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from cases import catalogue
from cases.models import Package
from common import clock
from common.errors import ConflictError, InputError, MissingError
from common.usecase import use_case
from permissions.models import User
from screening import policy_text
from screening.models import Policy, PolicyReading

LONGEST = 5000


@use_case
def publish(
    *, actor: User, code: str, based_on: int, notes: str, contacts: str, starts_on: date | None
) -> Policy:
    """Publish a matter's next version: what is generated today and the editor's additions.

    based_on: the version that the editor had before the eyes, 0 for none. starts_on: the first day
    on which the public sees the additions; staff see them at once. Raises DeniedError,
    MissingError, InputError, ConflictError changed-meanwhile where somebody else was first.
    """
    actor.access.require("policy.edit")
    package = find_matter(code)
    with connection.cursor() as cursor:  # one version of a matter at a time
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"policy {code}"])
    last = Policy.objects.filter(code=code).order_by("-version").first()
    if based_on != (last.version if last else 0):
        raise ConflictError("changed-meanwhile", _("其他同事刚发布了新的一版，请先看过再改"))
    told = {"notes": _clean(notes, "notes"), "contacts": _clean(contacts, "contacts")}
    today = clock.today()
    if starts_on is None or starts_on < today:
        raise InputError("invalid-data", _("请填今天或以后的日期"), field="starts_on")
    generated = policy_text.kept(package, today)
    digest = _digest(told | {"code": code, "generated": generated})
    if last and (last.content_hash, last.starts_on) == (digest, starts_on):
        raise InputError("invalid-data", _("与上一版完全相同，没有要发布的"), field="notes")
    policy = Policy.objects.create(
        code=code,
        version=based_on + 1,
        starts_on=starts_on,
        generated=generated,
        content_hash=digest,
        published_at=clock.now(),
        published_by=actor,
        **told,
    )
    PolicyReading.objects.create(policy=policy, user=actor, read_at=policy.published_at)
    return policy


@use_case
def mark_read(*, actor: User, code: str, version: int) -> PolicyReading:
    """Say that one has read a version. Again changes nothing: the first time counts.

    Raises MissingError, and ConflictError changed-meanwhile for a version that is not the newest.
    """
    actor.access.require("policy.read")
    find_matter(code)
    rows = Policy.objects.filter(code=code).order_by("-version")
    last = rows.first()
    if last is None or not 0 < version <= last.version:
        raise MissingError
    if version < last.version:
        raise ConflictError("changed-meanwhile", _("已有更新的一版，请读最新的"))
    reading, _is_new = PolicyReading.objects.get_or_create(
        policy=last, user=actor, defaults={"read_at": clock.now()}
    )
    return reading


def find_matter(code: str) -> Package:
    """An enabled matter's newest package. Raises MissingError."""
    try:
        return catalogue.matter(code)
    except InputError as error:
        raise MissingError from error


def _clean(text: str, field: str) -> str:
    """A text of several lines as it is kept."""
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    if len(text) > LONGEST:
        raise InputError("invalid-data", _("不超过 %d 字") % LONGEST, field=field)
    if any(not (mark.isprintable() or mark == "\n") for mark in text):
        raise InputError("invalid-data", _("含有控制字符"), field=field)
    return text


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
