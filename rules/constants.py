"""A model's decisions on constant inputs: by the same compiler that answers for a county."""
# ruff: noqa: S608 - statements are made of compiled models, whose texts are quoted

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection, transaction

from rules.compile import Compiled, compile_model
from rules.errors import RefusedError
from rules.feel import sql
from rules.feel.parse import day, is_unicode
from rules.feel.sql import Value
from rules.model import UNTYPED, Model, Type

MAX_DIGITS = 300


@dataclass
class Evaluated:
    """By the decision's name: its value, or why there is none."""

    decisions: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def evaluate(model: Model, inputs: Mapping[str, Any]) -> Evaluated:
    """inputs: by name; numbers, texts, booleans, dates as ISO texts, None, contexts as mappings.

    What is missing is unknown. Values come back likewise, numbers as Decimal.
    """
    columns: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for given in model.inputs.values():
        try:
            columns[given.name] = constant(inputs.get(given.name), given.type)
        except RefusedError as error:
            wrong[given.name] = str(error)
    compiled = compile_model(model, columns)
    names = {decision.id: decision.name for decision in model.decisions.values()}
    found = Evaluated()
    for key, problems in compiled.refused.items():
        told = [
            f"{p.element}: {p.message}" if p.code != "unknown-fact" else f"{p.message} {wrong}"
            for p in problems
        ]
        found.refused[names[key]] = "; ".join(told)
    for key, value in compiled.values.items():
        try:
            told = _ask(compiled, value)
            if is_beyond(told):
                found.refused[names[key]] = "a number beyond all bounds"
            else:
                found.decisions[names[key]] = told
        except DatabaseError as error:
            found.refused[names[key]] = str(error).splitlines()[0]
    return found


def constant(value: Any, kind: Type) -> Value:
    """A value as SQL, of its declared type. Raises RefusedError where it does not fit."""
    if kind.components:
        if value is not None and not isinstance(value, Mapping):
            raise RefusedError("type", "a context is needed")
        given = value or {}
        return Value(
            "",
            "context",
            {name: constant(given.get(name), t) for name, t in kind.components.items()},
        )
    if value is None:
        return Value(f"NULL::{sql.TYPES[kind.kind or 'string']}", kind.kind or "null")  # type: ignore[arg-type]
    found = sql.literal(_plain(value, kind))
    if kind != UNTYPED and found.kind != kind.kind:
        raise RefusedError("type", f"a {kind.kind} is needed, this is a {found.kind}")
    if kind.codes and value not in kind.codes:
        return Value("NULL::text", "string", codes=kind.codes)
    # not marked as a literal: a value, not a word that an author wrote
    return Value(found.sql, found.kind, codes=kind.codes)


def _plain(value: Any, kind: Type) -> Decimal | str | bool | date:
    """A JSON value as a constant. Raises RefusedError for what is none."""
    if kind.kind == "date" and isinstance(value, str):
        return day(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = Decimal(str(value))
    if isinstance(value, str) and ("\0" in value or not is_unicode(value)):
        raise RefusedError("type", "a text with a sign that is none")
    if isinstance(value, Decimal) and is_beyond(value):
        raise RefusedError("type", "a number beyond all bounds")
    if not isinstance(value, Decimal | str | bool | date):
        raise RefusedError("type", "this value is not supported")
    return value


def is_beyond(value: Any) -> bool:
    """No number that JSON's readers know."""
    return isinstance(value, Decimal) and (
        not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS
    )


def _ask(compiled: Compiled, value: Value) -> Any:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb({_json(value)})::text FROM (SELECT 1) f{compiled.laterals()}"
        )
        text = cursor.fetchone()[0]
    return None if text is None else json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _json(value: Value) -> str:
    if value.kind == "null":
        return "NULL::text"
    if value.kind != "context":
        return value.sql
    parts = [f"{sql.literal(name).sql}, {_json(part)}" for name, part in value.fields.items()]
    empty = " AND ".join(f"{part.sql} IS NULL" for part in value.fields.values() if part.sql)
    # nothing known of any part: nothing known
    return f"CASE WHEN {empty or 'false'} THEN NULL ELSE jsonb_build_object({', '.join(parts)}) END"
