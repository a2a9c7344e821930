"""A decision table's rows in words, with the figures of a day in place of the parameters' names.

What depends on the household stays a word: `assets_months * S * members` is
`39,600 元 × 家庭人口`. Made of the table itself, so that it cannot drift from what decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from cases import catalogue
from cases.models import Package
from households.facts import FACTS
from rules.feel import tree
from rules.feel.parse import parse_cell, parse_expression
from rules.feel.tree import Compared, Node, Test
from rules.model import Column, Decision, Expression, Model, Rule, Table

Figures = Mapping[str, Decimal]
ONE = Decimal(1)


@dataclass(frozen=True)
class Term:
    """factor times words; no words: a number. is_figure: a parameter stands in it."""

    factor: Decimal
    words: str = ""
    is_sum: bool = False
    is_figure: bool = False


# marks local defaults in the data (bpmn/rules/parameters.toml)
UNVERIFIED = "unverified"


def parameter_names(rules: Package | None) -> dict[str, str]:
    """Names of the parameters by key, in the reader's language."""
    rows = rules.settings.get("parameters", []) if rules else []
    return {row["key"]: catalogue.name(row) for row in rows if row.get("name")}


def source(text: str) -> str:
    """Where a figure comes from, with the data's own mark in words."""
    return text.replace(UNVERIFIED, _("尚待核实"))


def number(value: Decimal | str) -> str:
    """1,100 or 0.6: no needless zeros."""
    text = f"{Decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_name(unit: str) -> str:
    """A fact's unit in the reader's language."""
    known = {
        "元": _("元"),
        "元/月": _("元/月"),
        "元/年": _("元/年"),
        "平方米": _("平方米"),
        "次": _("次"),
        "套": _("套"),
    }
    return known.get(unit, unit)


def limits(model: Model, table: Table, rule: Rule, figures: Figures) -> list[str]:
    """What of a row is measured by a parameter: 人均月收入低于 1,100 元/月. The rest of a row is
    said by its own description."""
    names = [part.name for part in model.parts]
    found: dict[str, None] = {}
    for column, cell in zip(table.inputs, rule.inputs, strict=True):
        tests = parse_cell(cell.text, names)
        told = [_limit(test, column, model, figures) for test in tests.tests]
        if told and not tests.negated and all(told):
            fact = FACTS.get(column.text.strip())
            what = str(fact.title) if fact else column.label
            words = _(" 或 ").join(filter(None, told))
            found[_("%(what)s%(limit)s") % {"what": what, "limit": words}] = None
    return list(found)


def _limit(test: Test, column: Column, model: Model, figures: Figures) -> str | None:
    """One test; None where no parameter is in it, or where it cannot be said."""
    nodes = [test.value] if isinstance(test, Compared) else [test.low, test.high]
    terms = [_fold(node, model, figures) for node in nodes]
    known = [term for term in terms if term is not None]
    if len(known) < len(nodes) or not any(term.is_figure for term in known):
        return None
    fact = FACTS.get(column.text.strip())
    said = [_say(term, unit_name(fact.unit) if fact else "") for term in known]
    if not isinstance(test, Compared):
        return _("在 %(low)s至 %(high)s之间") % {"low": said[0], "high": said[1]}
    phrases = {
        "<": _("低于 %s"), "<=": _("不超过 %s"), ">": _("超过 %s"), ">=": _("达到 %s"),
        "=": _("为 %s"),
    }  # fmt: skip
    phrase = phrases.get(test.operator)
    return phrase % said[0] if phrase else None


def amount(model: Model, text: str, unit: str, figures: Figures) -> str:
    """What a row grants: 330 元/月; empty where it grants no sum, or where it cannot be said."""
    if text.strip() in {"", "-", "null"}:
        return ""
    term = _fold(parse_expression(text, [part.name for part in model.parts]), model, figures)
    return _say(term, unit) if term else ""


def _say(term: Term, unit: str) -> str:
    value = f"{number(term.factor)} {unit}".strip()
    if not term.words:
        return value
    if term.factor != ONE:
        words = f"({term.words})" if term.is_sum else term.words
        return f"{value} × {words}"
    return _("%(what)s（%(unit)s）") % {"what": term.words, "unit": unit} if unit else term.words


def _fold(node: Node, model: Model, figures: Figures) -> Term | None:
    """An expression with its figures put in and what is constant computed."""
    match node:
        case tree.Literal(value):
            is_number = isinstance(value, Decimal)
            return Term(value) if is_number else None  # type: ignore[arg-type]
        case tree.Name():
            return _named(str(node), model, figures)
        case tree.Negative(operand):
            term = _fold(operand, model, figures)
            return replace(term, factor=-term.factor) if term else None
        case tree.Arithmetic(operator, left, right):
            a, b = _fold(left, model, figures), _fold(right, model, figures)
            return _computed(operator, a, b) if a and b else None
        case tree.Call("min" | "max" as name, arguments):
            terms = [_fold(argument, model, figures) for argument in arguments]
            known = [term for term in terms if term is not None]
            return _chosen(name, known) if known and len(known) == len(terms) else None
    return None


def _named(name: str, model: Model, figures: Figures) -> Term | None:
    if name in figures:
        return Term(figures[name], is_figure=True)
    if name in FACTS:
        return Term(ONE, str(FACTS[name].title))
    decision = _decision(name, model)
    if decision is None or not isinstance(decision.logic, Expression):
        return None
    names = [part.name for part in model.parts]
    return _fold(parse_expression(decision.logic.text, names), model, figures) or Term(ONE, name)


def _decision(name: str, model: Model) -> Decision | None:
    return next((row for row in model.decisions.values() if row.name == name), None)


def _computed(operator: str, a: Term, b: Term) -> Term | None:
    is_figure = a.is_figure or b.is_figure
    is_number = not a.words and not b.words
    match operator:
        case "*":
            words = " × ".join(_factors([a, b], is_number=is_number))
            is_sum = (a.is_sum and not b.words) or (b.is_sum and not a.words)
            return Term(a.factor * b.factor, words, is_sum, is_figure)
        case "/" if not b.words and b.factor:
            return replace(a, factor=a.factor / b.factor, is_figure=is_figure)
        case "+" | "-" if is_number:
            value = a.factor + b.factor if operator == "+" else a.factor - b.factor
            return Term(value, is_figure=is_figure)
        case "+" | "-":
            sign = "+" if operator == "+" else "−"
            right = f"({_say(b, '')})" if b.is_sum else _say(b, "")
            return Term(ONE, f"{_say(a, '')} {sign} {right}", is_sum=True, is_figure=is_figure)
    return None


def _factors(terms: list[Term], *, is_number: bool) -> Iterator[str]:
    """Words of a product; a sum in brackets where another factor has words too."""
    worded = [term for term in terms if term.words and not is_number]
    for term in worded:
        yield f"({term.words})" if term.is_sum and len(worded) > 1 else term.words


def _chosen(name: str, terms: list[Term]) -> Term:
    """The smallest or largest: of numbers a number, else in words."""
    is_figure = any(term.is_figure for term in terms)
    if not any(term.words for term in terms):
        values = [term.factor for term in terms]
        return Term(min(values) if name == "min" else max(values), is_figure=is_figure)
    floor = [term for term in terms if not term.words and term.factor == 0]
    worded = [term for term in terms if term.words]
    if name == "max" and floor and len(terms) == len(floor) + len(worded) and len(worded) == 1:
        # nobody pays back what a difference lacks: that a sum is not negative goes without saying
        return replace(worded[0], is_figure=is_figure)
    words = _("、").join(_say(term, "") for term in terms)
    chosen = _("%s中较低的") if name == "min" else _("%s中较高的")
    return Term(ONE, chosen % words, is_figure=is_figure)
