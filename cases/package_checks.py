"""What a matter package must be before it is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from common.calendar import Limit
from common.errors import InputError
from workflows.definitions import inspect_definition

if TYPE_CHECKING:
    from cases.drafts import Draft

FORMS = ("monthly", "once", "yearly", "in_kind", "waiver", "service", "status")
JOINT = ("means", "visit")
OUTCOMES = ("approved", "refused", "not_applicable", "transferred")
MESSAGES = ("means.verified", "visit.done", "status.settled", "matters.done")
NOT_FLAT = {
    *("$ref", "$dynamicRef", "$defs", "if", "then", "else", "not"),
    *("allOf", "anyOf", "oneOf", "dependentSchemas", "dependentRequired"),
}
PLAIN = ("string", "boolean", "integer", "number")
MONEY = r"^\d+\.\d{2}$"
HAN = re.compile(r"[\u3400-\u9fff]")
# what messages and the start of a process set
PAYLOADS = frozenset(
    {"excluded_by", "status", "means_ok", "visit_ok", "needs_means", "needs_visit"}
)
# a repeated group that holds a repetition takes for ever on the wrong text
ENDLESS = re.compile(r"\([^()]*[+*}][^()]*\)[+*{]")
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


def check(drafts: list[Draft], *, kinds: set[str], organisations: set[str]) -> list[Problem]:
    """All problems of the packages, and of how they wait for one another.

    kinds: of material, and organisations, by code; where none are known yet (set-up), none is
    unknown.
    """
    found: list[Problem] = []
    for draft in drafts:
        if draft.code in {"shared", "rules"}:
            continue
        if draft.code != "intake":
            found += _settings(draft)
        found += _strangers(draft, kinds, organisations)
        found += _process(draft)
        found += _forms(draft)
    return [*found, *_waits(drafts)]


def _settings(draft: Draft) -> Iterator[Problem]:
    s, file = draft.settings, f"{draft.path}/matter.toml"
    sound = {
        "name": isinstance(s.get("name"), dict) and bool(s["name"].get("zh")),
        "lead": isinstance(s.get("lead"), str),
        "beneficiary": s.get("beneficiary") in {"person", "household"},
        "form": s.get("form") in FORMS,
        "joint": set(s.get("joint", [])) <= set(JOINT),
    }
    for key, is_sound in sound.items():
        if not is_sound:
            yield Problem(file, key, "bad-setting", f"{key} is missing or unknown")
    limits = {f"limit.{k}": v for k, v in dict(s.get("limit", {})).items()}
    limits |= {f"steps.{k}": v for k, v in dict(s.get("steps", {})).items()}
    for key, text in limits.items():
        try:
            Limit.parse(str(text))
        except InputError:
            yield Problem(file, key, "bad-setting", "a limit is written 24h, 7d or 15wd")


def _strangers(draft: Draft, kinds: set[str], organisations: set[str]) -> Iterator[Problem]:
    """What a package names and nobody knows."""
    s, file = draft.settings, f"{draft.path}/matter.toml"
    named = [*([s["lead"]] if "lead" in s else []), *s.get("with", [])]
    for code in named:
        if organisations and code not in organisations:
            yield Problem(file, str(code), "unknown-organisation", f"no organisation {code}")
    for paper in s.get("materials", []):
        if kinds and paper.get("kind") not in kinds:
            yield Problem(file, str(paper.get("kind")), "unknown-material", "no such kind")


def _process(draft: Draft) -> Iterator[Problem]:
    file = f"{draft.path}/process.bpmn"
    if draft.source is None:
        yield Problem(file, "", "missing", "process.bpmn is missing")
        return
    report = inspect_definition(draft.source)
    for row in report.problems:
        yield Problem(file, row.element, row.code, row.message)
    if report.meta is not None:
        for element, code, message in _unfit(draft, report.process_id or "", report.meta):
            yield Problem(file, element, code, message)


def _unfit(draft: Draft, process_id: str, meta: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where a sound process does not fit its package."""
    if process_id != draft.code:
        yield process_id, "wrong-id", f"process id must be {draft.code}"
    for step, row in meta["steps"].items():
        if row["role"] not in LANES:
            yield step, "unknown-role", f"lane of no role: {row['lane']}"
        if step not in draft.forms:
            yield step, "no-form", f"forms/{step}.json is missing"
    yield from _names(draft, meta)
    unknown = [pair for pair in meta["messages"].items() if pair[1] not in MESSAGES]
    yield from ((element, "unknown-message", str(name)) for element, name in unknown)
    for element, row in meta["ends"].items():
        if draft.code != "intake" and (row.get("outcome") or "approved") not in OUTCOMES:
            yield element, "unknown-outcome", str(row.get("outcome"))


def _names(draft: Draft, meta: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Variables that nobody sets, or that a rule sets and somebody else could set again."""
    fields = {name for form in draft.forms.values() for name in form.get("properties", {})}
    ruled = {name: key for key, row in meta["decisions"].items() for name in row["outputs"]}
    for name in set(meta["variables"]) - fields - PAYLOADS - ruled.keys():
        yield name, "unknown-name", "no form, no message and no rule sets this name"
    for name in sorted(ruled.keys() & (fields | PAYLOADS)):
        yield ruled[name], "taken-name", f"{name} is set by a form or a message too"


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
        if not NOT_FLAT.isdisjoint(schema):
            yield Problem(file, "", "not-flat", "forms are flat, without conditionals and $ref")
        for field, row in dict(schema.get("properties", {})).items():
            for code, message in _misfits(field, row):
                yield Problem(file, field, code, message)


def _misfits(field: str, row: Any) -> Iterator[tuple[str, str]]:
    """What the contract of forms (files.md, api.md) forbids in one field."""
    if not isinstance(row, dict) or row.get("type") not in PLAIN or not NOT_FLAT.isdisjoint(row):
        yield "not-flat", "forms are flat, without conditionals and $ref"
        return
    if not HAN.search(str(row.get("title", ""))):
        yield "no-title", "every field has a title in Chinese"
    if ENDLESS.search(str(row.get("pattern", ""))):
        yield "bad-pattern", "a repeated group holds a repetition"
    if field == "decision" and "approved" not in row.get("enum", [])[:1]:
        yield "bad-decision", "the values of decision begin with approved"
    if field == "amount" and row.get("pattern") != MONEY:
        yield "bad-money", f"money is a string of pattern {MONEY}"


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
