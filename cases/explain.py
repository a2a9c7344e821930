"""A table's row in words: what of it holds for a person, and so what would have changed it.

Made of the table and the facts themselves, so that it cannot drift from what decided.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from households.facts import FACTS
from rules import uses
from rules.ask import Answer, Question
from rules.feel import tree
from rules.feel.parse import parse_cell
from rules.feel.tree import Compared, Node, Test, Tests
from rules.model import Column, Model

Facts = Mapping[str, Any]


def would_change(question: Question, answer: Answer, facts: Facts) -> str:
    """What the deciding row rests on, with the values of now: a change of these changes it."""
    row = answer.row
    if row is None:
        return ""
    model = question.compiled.model
    names = [part.name for part in model.parts]
    told: dict[str, None] = {}
    for column, cell in zip(answer.table.table.inputs, row.inputs, strict=True):
        if cell.text.strip() not in {"", "-"}:
            told |= dict.fromkeys(_conditions(model, column, parse_cell(cell.text, names), facts))
    return _("以下情况有变化时可以重新判断：%s") % _("；").join(told) if told else ""


def _conditions(model: Model, column: Column, cell: Tests, facts: Facts) -> Iterator[str]:
    """One cell in words; of what another decision says, the facts that that rests on."""
    subject = column.text.strip()
    if subject not in FACTS:
        yield from (_now(name, facts) for name in uses.of_text(model, subject) if name in FACTS)
        return
    limits = [_limit(test, subject, facts) for test in cell.tests]
    if cell.negated or not all(limits):
        yield _now(subject, facts)
        return
    words = _("（条件：%s）") % _(" 或 ").join(limits)
    yield f"{_now(subject, facts)}{words}"


def _now(name: str, facts: Facts) -> str:
    return _("%(what)s现为%(now)s") % {"what": FACTS[name].title, "now": say(name, facts[name])}


def _limit(test: Test, subject: str, facts: Facts) -> str:
    """What a number is compared with; empty for what is or is not one of some words."""
    if not isinstance(test, Compared):
        low, high = (_value(node, subject, facts) for node in (test.low, test.high))
        return _("%(low)s至%(high)s") % {"low": low, "high": high}
    phrases = {
        "<": _("低于%s"), "<=": _("不高于%s"), ">": _("高于%s"), ">=": _("不低于%s"),
    }  # fmt: skip
    phrase = phrases.get(test.operator)
    return phrase % _value(test.value, subject, facts) if phrase else ""


def _value(node: Node, subject: str, facts: Facts) -> str:
    found = number(node, facts)
    if found is not None:
        return say(subject, found)
    return str(node) if isinstance(node, tree.Name) else _("表中所列数额")


def number(node: Node, facts: Facts) -> Decimal | None:
    """What an expression over facts and parameters comes to; None where that is not known."""
    match node:
        case tree.Literal(value):
            return value if isinstance(value, Decimal) else None
        case tree.Name():
            value = facts.get(str(node))
            is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
            return Decimal(value) if is_number else None  # type: ignore[arg-type]
        case tree.Arithmetic("*" | "+" | "-" as operator, left, right):
            a, b = number(left, facts), number(right, facts)
            if a is None or b is None:
                return None
            return {"*": a * b, "+": a + b, "-": a - b}[operator]
    return None


def say(name: str, value: Any) -> str:
    """A fact's value for people: with its unit, codes by their names."""
    fact = FACTS.get(name)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value is None:
        return _("没有登记")
    if isinstance(value, int | Decimal):
        return f"{Decimal(value):f}" + (fact.unit if fact else "")
    return str(fact.labels.get(value, value)) if fact else str(value)


def in_words(why: Facts) -> dict[str, Any] | None:
    """A kept opinion of a table, for the page; None where no table was asked."""
    if not why.get("table"):
        return None
    facts = [(FACTS[n].title, say(n, kept(n, v))) for n, v in why["facts"].items() if n in FACTS]
    return {**why, "facts": facts, "missing": cannot_tell(why["missing"])}


def kept(name: str, value: Any) -> Any:
    """A fact as it was before it was kept as JSON."""
    return Decimal(value) if FACTS[name].kind == "number" and value is not None else value


def cannot_tell(names: Sequence[str]) -> str:
    """What is to be found out before anything can be said; empty where nothing is missing."""
    told = [str(FACTS[name].title) if name in FACTS else name for name in names]
    return _("无法判断，缺少：%s") % _("、").join(told) if told else ""
