"""What a matter package must be before it is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from common.calendar import Limit
from common.errors import InputError
from permissions.models import Role
from workflows.services.definitions import inspect_definition

if TYPE_CHECKING:
    from cases.services.packages import Draft

FORMS = ("monthly", "once", "yearly", "in_kind", "waiver", "service", "status")
JOINT = ("means", "visit")
OUTCOMES = ("approved", "refused", "not_applicable", "transferred")
MESSAGES = ("means.verified", "visit.done", "status.settled", "matters.done")
LANES = ("township_officer", "township_approver", "helper", "dept_handler", "dept_approver")


@dataclass(frozen=True)
class Problem:
    """What is unsound: file, element id, code, words."""

    file: str
    element: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def check(drafts: list[Draft], *, known: set[str]) -> list[Problem]:
    """All problems of the packages, and of how they wait for one another."""
    found: list[Problem] = []
    for draft in drafts:
        if draft.code == "shared":
            continue
        if draft.code != "intake":
            found += _settings(draft)
        found += _process(draft)
        found += _forms(draft)
    return [*found, *_waits(drafts)]


def _settings(draft: Draft) -> Iterator[Problem]:
    def bad(key: str, message: str) -> Problem:
        return Problem(f"{draft.path}/matter.toml", key, "bad-setting", message)

    s = draft.settings
    if not isinstance(s.get("name"), dict) or not s["name"].get("zh"):
        yield bad("name", "name.zh is missing")
    if not isinstance(s.get("lead"), str):
        yield bad("lead", "lead is missing")
    if s.get("beneficiary") not in {"person", "household"}:
        yield bad("beneficiary", "person or household")
    if s.get("form") not in FORMS:
        yield bad("form", "one of " + ", ".join(FORMS))
    if not set(s.get("joint", [])) <= set(JOINT):
        yield bad("joint", "means, visit")
    limits = {f"limit.{k}": v for k, v in dict(s.get("limit", {})).items()}
    limits |= {f"steps.{k}": v for k, v in dict(s.get("steps", {})).items()}
    for key, text in limits.items():
        try:
            Limit.parse(str(text))
        except InputError:
            yield bad(key, "a limit is written 24h, 7d or 15wd")


def _process(draft: Draft) -> Iterator[Problem]:
    file = f"{draft.path}/process.bpmn"
    if draft.source is None:
        yield Problem(file, "", "missing", "process.bpmn is missing")
        return
    report = inspect_definition(draft.source)
    for row in report.problems:
        yield Problem(file, row.element, row.code, row.message)
    if report.problems or report.meta is None:
        return
    meta = report.meta
    if report.process_id != draft.code:
        yield Problem(file, report.process_id or "", "wrong-id", f"process id must be {draft.code}")
    for step, row in meta["steps"].items():
        if row["role"] not in LANES or row["role"] not in Role.values:
            yield Problem(file, step, "unknown-role", f"lane of no role: {row['lane']}")
        if step not in draft.forms:
            yield Problem(file, step, "no-form", f"forms/{step}.json is missing")
    for element, row in meta["messages"].items():
        if row not in MESSAGES:
            yield Problem(file, element, "unknown-message", str(row))
    for element, row in meta["ends"].items():
        if draft.code != "intake" and row.get("outcome") not in (*OUTCOMES, None, ""):
            yield Problem(file, element, "unknown-outcome", str(row.get("outcome")))


def _forms(draft: Draft) -> Iterator[Problem]:
    for step, schema in draft.forms.items():
        file = f"{draft.path}/forms/{step}.json"
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            yield Problem(file, "", "bad-schema", error.message[:200])
            continue
        if not isinstance(schema, dict) or schema.get("type") != "object":
            yield Problem(file, "", "bad-schema", "a form is an object of flat fields")
            continue
        for field, row in dict(schema.get("properties", {})).items():
            if not isinstance(row, dict) or row.get("type") == "object" or "$ref" in row:
                yield Problem(file, field, "not-flat", "forms are flat, without $ref")


def _waits(drafts: list[Draft]) -> Iterator[Problem]:
    """No matter waits for itself by way of others."""
    after: dict[str, list[Any]] = {d.code: d.settings.get("after", []) for d in drafts}
    files = {d.code: f"{d.path}/matter.toml" for d in drafts}
    state: dict[str, int] = {}

    def circular(code: str) -> bool:
        if state.get(code) == 1:
            return True
        if state.get(code) == 2:
            return False
        state[code] = 1
        found = any(circular(c) for c in after.get(code, []))
        state[code] = 2
        return found

    for code in after:
        if circular(code):
            yield Problem(files[code], "after", "circular", f"{code} waits for itself")
            return
