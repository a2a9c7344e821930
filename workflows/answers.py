"""Answers to a form: cleaned by its schema, or refused field by field.

Forms are flat JSON Schema 2020-12. Besides the schema: dates are not before the case's opening
nor in the future (`"x-future": true` in a property allows both the future; `"x-past": true` the
time before), money is a text of two decimals and of a size that a column holds, no control
characters, nothing absurdly large. Unknown fields are refused, blanks around texts dropped.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from common.errors import FieldError, InputError

MONEY = r"^\d+\.\d{2}$"
MAX_FIELDS = 100
MAX_TEXT = 10_000
MAX_ITEMS = 200
MAX_MONEY = 13  # ten digits before the point
MAX_NUMBER = 10**15
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODES = {
    "required": "missing",
    "minLength": "missing",
    "minItems": "missing",
    "maxLength": "too-long",
    "maxItems": "too-long",
    "enum": "bad-code",
    "const": "bad-code",
    "minimum": "bad-number",
    "maximum": "bad-number",
    "exclusiveMinimum": "bad-number",
    "exclusiveMaximum": "bad-number",
    "multipleOf": "bad-number",
    "additionalProperties": "unknown-field",
}

Schema = Mapping[str, Any]


def clean(schema: Schema, data: Any, *, opened_on: date, today: date) -> dict[str, Any]:
    """What was answered, as JSON values that fit the schema.

    Raises InputError invalid-data with an error for each field that does not fit.
    """
    values = clean_draft(data)
    fields = schema.get("properties", {})
    values = {key: _trim(value, fields.get(key, {})) for key, value in values.items()}
    errors: dict[str, FieldError] = {}
    for problem in _validator(json.dumps(schema, sort_keys=True)).iter_errors(values):
        for found in _field_errors(problem):
            errors.setdefault(found.field, found)
    for key, value in values.items():
        if key not in errors and (problem_text := _beyond(fields.get(key, {}), value)):
            errors[key] = FieldError(key, *problem_text)
        elif key not in errors and (late := _day(fields.get(key, {}), value, opened_on, today)):
            errors[key] = FieldError(key, "bad-date", late)
    if errors:
        raise InputError("invalid-data", errors=list(errors.values()))
    return values


def clean_draft(data: Any) -> dict[str, Any]:
    """What was typed, as typed: flat, of sane size, without control characters.

    Raises InputError invalid-data.
    """
    if not isinstance(data, dict):
        raise InputError("invalid-data", _("内容应为一组字段"))
    if len(data) > MAX_FIELDS:
        raise InputError("invalid-data", _("字段过多"))
    errors = [
        FieldError(str(key)[:60].encode("utf-8", "replace").decode(), *problem)
        for key, value in data.items()
        if (problem := _key_problem(key) or _insane(value))
    ]
    if errors:
        raise InputError("invalid-data", errors=errors)
    return dict(data)


def _key_problem(key: Any) -> tuple[str, str] | None:
    if not isinstance(key, str) or len(key) > 60 or _CONTROL.search(key):
        return "unknown-field", _("没有这个字段")
    return None


def _insane(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return _insane_scalar(value)
    if len(value) > MAX_ITEMS:
        return "too-long", _("内容过长")
    return next((found for item in value if (found := _insane_scalar(item))), None)


def _insane_scalar(value: Any) -> tuple[str, str] | None:
    match value:
        case str() if len(value) > MAX_TEXT:
            return "too-long", _("内容过长")
        case str() if _CONTROL.search(value):
            return "control-character", _("含有控制字符")
        case int() | float() if not abs(value) <= MAX_NUMBER:
            return "bad-number", _("数字过大")
        case str() | int() | float() | None:
            return None
    return "bad-value", _("不支持嵌套的内容")


def _trim(value: Any, field: Schema) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, float) and field.get("type") == "integer" and value.is_integer():
        return int(value)
    return value


@lru_cache(maxsize=500)
def _validator(schema: str) -> Any:
    return _Validator(json.loads(schema), format_checker=_formats)


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Schema) -> Iterator[Any]:
    """As JSON Schema means it: ASCII digits, and `$` is the end, not before a last newline."""
    if isinstance(value, str) and not _compiled(pattern).search(value):
        yield ValidationError("pattern")


@lru_cache(maxsize=500)
def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern.endswith("$") and not pattern.endswith(r"\$"):
        pattern = pattern[:-1] + r"\Z"
    return re.compile(pattern, re.ASCII)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _pattern}
)
_formats = FormatChecker(formats=())


@_formats.checks("date")
def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return bool(_DATE.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False


def _field_errors(problem: Any) -> Iterator[FieldError]:
    kind = str(problem.validator)
    if kind == "required":
        for field in problem.validator_value:
            if field not in problem.instance:
                yield FieldError(field, "missing", _message("missing"))
    elif kind == "additionalProperties":
        known = problem.schema.get("properties", {})
        for field in problem.instance:
            if field not in known:
                yield FieldError(field, "unknown-field", _message("unknown-field"))
    else:
        field = ".".join(map(str, problem.absolute_path))
        code = _code(kind, problem.schema)
        yield FieldError(field, code, _message(code))


def _code(kind: str, field: Any) -> str:
    if kind == "pattern":
        return "bad-amount" if field.get("pattern") == MONEY else "bad-value"
    if kind == "format":
        return "bad-date"
    if kind == "type":
        return "bad-number" if field.get("type") in {"integer", "number"} else "bad-value"
    return _CODES.get(kind, "bad-value")


def _message(code: str) -> str:
    return {
        "missing": _("请填写"),
        "too-long": _("内容过长"),
        "bad-code": _("请从选项中选择"),
        "bad-number": _("数字有误"),
        "bad-date": _("日期有误"),
        "bad-amount": _("金额应为两位小数，例如 100.00"),
        "unknown-field": _("没有这个字段"),
    }.get(code, _("填写有误"))


def _beyond(field: Schema, value: Any) -> tuple[str, str] | None:
    if field.get("pattern") == MONEY and isinstance(value, str) and len(value) > MAX_MONEY:
        return "bad-amount", _("金额过大")
    return None


def _day(field: Schema, value: Any, opened_on: date, today: date) -> str:
    if field.get("format") != "date" or not isinstance(value, str):
        return ""
    day = date.fromisoformat(value)
    if day < opened_on and not field.get("x-past"):
        return _("不能早于受理日期 %s") % opened_on
    if day > today and not field.get("x-future"):
        return _("不能晚于今天")
    return ""
