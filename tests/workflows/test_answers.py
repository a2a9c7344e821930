"""Form data: cleaned, or refused field by field."""

from datetime import date

import pytest

from common.errors import InputError
from workflows.answers import MONEY, clean, clean_draft

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["decision", "reason"],
    "properties": {
        "decision": {"type": "string", "enum": ["approved", "refused"]},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500},
        "amount": {"type": "string", "pattern": MONEY},
        "on": {"type": "string", "format": "date"},
        "until": {"type": "string", "format": "date", "x-future": True},
        "count": {"type": "integer", "minimum": 0},
        "ok": {"type": "boolean"},
        "photo": {"type": "string", "format": "material"},
        "kinds": {"type": "array", "items": {"type": "string"}},
    },
}
GOOD = {"decision": "approved", "reason": "符合条件"}


def errors(data):
    with pytest.raises(InputError) as caught:
        clean(SCHEMA, data, opened_on=date(2026, 11, 1), today=date(2026, 11, 23))
    assert caught.value.code == "invalid-data"
    return {e.field: e.code for e in caught.value.errors}


def good(**more):
    data = {**GOOD, **more}
    return clean(SCHEMA, data, opened_on=date(2026, 11, 1), today=date(2026, 11, 23))


def test_fitting_answers_are_kept():
    found = good(amount="886.00", on="2026-11-23", until="2027-01-01", ok=True, kinds=["a"])

    assert found["amount"] == "886.00"
    assert found["kinds"] == ["a"]


def test_blanks_are_dropped_and_whole_numbers_made_whole():
    assert good(reason="  行\r\n二 ", count=3.0) | {} == {
        "decision": "approved",
        "reason": "行\n二",
        "count": 3,
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("decision", "maybe", "bad-code"),
        ("decision", None, "bad-code"),
        ("reason", "   ", "missing"),
        ("reason", "x" * 501, "too-long"),
        ("reason", "x" * 20_000, "too-long"),
        ("reason", "a\x00b", "control-character"),
        ("reason", "a\x1b[0m", "control-character"),
        ("reason", "\ud800", "control-character"),
        ("amount", "886", "bad-amount"),
        ("amount", "-1.00", "bad-amount"),
        ("amount", "１００.00", "bad-amount"),
        ("amount", "99999999999.00", "bad-amount"),
        ("amount", 886.0, "bad-value"),
        ("on", "2026-10-31", "bad-date"),
        ("on", "2026-11-24", "bad-date"),
        ("on", "2026-02-30", "bad-date"),
        ("on", "20261101", "bad-date"),
        ("until", "2026-10-31", "bad-date"),
        ("count", -1, "bad-number"),
        ("count", "3", "bad-number"),
        ("count", True, "bad-number"),
        ("count", 10**400, "bad-number"),
        ("count", float("nan"), "bad-number"),
        ("ok", 1, "bad-value"),
        ("kinds", [["deep"]], "bad-value"),
        ("kinds", {"a": 1}, "bad-value"),
        ("other", 1, "unknown-field"),
    ],
)
def test_what_does_not_fit_is_named(field, value, code):
    assert errors({**GOOD, field: value})[field] == code


def test_every_field_is_told_at_once():
    assert errors({"amount": "x"}) == {
        "decision": "missing",
        "reason": "missing",
        "amount": "bad-amount",
    }


@pytest.mark.parametrize("data", [None, [], "x", 1, {f"f{i}": 1 for i in range(101)}])
def test_no_set_of_fields_at_all(data):
    assert errors(data) == {}


def test_a_draft_is_kept_as_typed_but_sane():
    assert clean_draft({"reason": " half "}) == {"reason": " half "}
    with pytest.raises(InputError):
        clean_draft({"reason": {"deep": 1}})
    with pytest.raises(InputError):
        clean_draft({"x\x00": 1})
