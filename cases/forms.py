"""Forms of pages: a task's from its JSON Schema, and what the window sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.errors import FieldError
from workflows.answers import MONEY

Schema = Mapping[str, Any]
Pairs = list[tuple[str, str]]
DECIDING = ("decision", "opinion")
MANY, LONG = 6, 100
WIDE_DIGITS = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


@dataclass
class Field:
    """One control of a form, with what was typed and what is wrong with it."""

    name: str
    label: str
    kind: str  # radio select date money integer text long material
    required: bool
    value: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""

    @property
    def id(self) -> str:
        return f"id_{self.name}"


@dataclass(frozen=True)
class Verb:
    """A button: the answer it gives (empty where the form decides nothing), what it says."""

    value: str
    words: str
    style: str


@dataclass
class AnswerForm:
    """A task's form: its fields without the deciding one, which is its buttons."""

    fields: list[Field]
    verbs: list[Verb]
    deciding: str
    title: str = ""  # of the deciding field

    def labels(self) -> dict[str, str]:
        return {self.deciding: self.title} | {row.name: row.label for row in self.fields}

    def mark(self, errors: list[FieldError]) -> None:
        """Put what is wrong beside the fields."""
        wrong = {error.field: str(error.message) for error in errors}
        for row in self.fields:
            row.wrong = wrong.get(row.name, "")


def label(schema: Schema) -> str:
    """A title in the reader's language."""
    if (get_language() or "zh").startswith("en") and schema.get("x-en"):
        return str(schema["x-en"])
    return str(schema.get("title", ""))


def choice_label(schema: Schema, value: Any) -> str:
    """An enum's or boolean's value in words."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    found = schema.get("x-labels", {}).get(value, value)
    return str(found) if found is not None else ""


def answer_form(
    schema: Schema, values: Mapping[str, Any], papers: list[tuple[str, str]]
) -> AnswerForm:
    """The form of a schema. papers: what a field for a paper may name, id and words."""
    properties = schema.get("properties", {})
    required = set(schema.get("required", []))
    deciding = next((name for name in DECIDING if name in properties), "")
    fields = [
        _field(name, properties[name], values.get(name), name in required, papers)
        for name in properties
        if name != deciding
    ]
    title = label(properties[deciding]) if deciding else ""
    return AnswerForm(fields, _verbs(schema, deciding), deciding, title)


def _field(
    name: str, row: Schema, value: Any, required: bool, papers: list[tuple[str, str]]
) -> Field:
    kind, choices = _kind(row)
    if kind == "material":
        choices = papers
    if isinstance(value, bool):
        value = "true" if value else "false"
    limits = {
        "maxlength": row.get("maxLength"),
        "min": row.get("minimum"),
        "max": row.get("maximum"),
    }
    typed = "" if value is None else str(value)
    return Field(name, label(row), kind, required, typed, choices, limits)


def _kind(row: Schema) -> tuple[str, list[tuple[str, str]]]:
    if row.get("type") == "boolean":
        return "radio", [("true", _("是")), ("false", _("否"))]
    if "enum" in row:
        choices = [(str(value), choice_label(row, value)) for value in row["enum"]]
        return ("radio" if len(choices) <= MANY else "select"), choices
    if row.get("type") in {"integer", "number"}:
        return "integer", []
    if row.get("format") in {"date", "material"}:
        return str(row["format"]), []
    if row.get("pattern") == MONEY:
        return "money", []
    return ("long" if row.get("maxLength", 0) > LONG else "text"), []


def _verbs(schema: Schema, deciding: str) -> list[Verb]:
    if not deciding:
        return [Verb("", _("%s，送下一步") % (label(schema) or _("办完这一步")), "main")]
    row = schema["properties"][deciding]
    then = {
        "approved": _("%s，记入幸福清单"),
        "refused": _("%s，书面告知理由"),
        "transferred": _("%s"),
        "agree": _("%s，送下一步"),
        "disagree": _("%s，送下一步"),
    }
    styles = ["main", "no", "plain"]
    return [
        Verb(
            value,
            then.get(value, "%s") % choice_label(row, value),
            styles[min(place, len(styles) - 1)],
        )
        for place, value in enumerate(row["enum"])
    ]


def read_answers(schema: Schema, posted: QueryDict) -> dict[str, Any]:
    """What was typed, as JSON values where it can be one; empty fields are left out."""
    found: dict[str, Any] = {}
    for name, row in schema.get("properties", {}).items():
        text = posted.get(name, "").strip()
        if not text:
            continue
        found[name] = _value(row, text)
    if posted.get("decision") not in {None, "approved"}:
        # a refusal pays nothing
        for name, row in schema.get("properties", {}).items():
            if name == "amount" and row.get("pattern") == MONEY:
                found[name] = "0.00"
    return found


def _value(row: Schema, text: str) -> Any:
    match row.get("type"):
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case "integer":
            plain = text.translate(WIDE_DIGITS).replace(",", "")
            return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 16 else text
    if row.get("pattern") == MONEY:
        return _money(text)
    return text


def _money(text: str) -> str:
    """822 and 1,050.5 as money is written in data; anything else stays as typed."""
    plain = text.translate(WIDE_DIGITS).replace(",", "").removesuffix("元").strip()
    whole, _point, part = plain.partition(".")
    if whole.isascii() and whole.isdigit() and (not part or (part.isdigit() and len(part) <= 2)):
        return f"{whole}.{part:0<2}"
    return text


def answers_in_words(schema: Schema, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers to read: label and value."""
    rows = schema.get("properties", {})
    return [
        (label(rows[name]), choice_label(rows[name], answers[name]))
        for name in rows
        if answers.get(name) not in {None, ""} and rows[name].get("format") != "material"
    ]
