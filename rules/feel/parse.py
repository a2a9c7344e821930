"""Text to tree. Bounded in length and depth; what is not in the grammar is refused."""

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import LarkError, VisitError

from rules.errors import RefusedError
from rules.feel import tree
from rules.feel.tree import Node, Test, Tests

MAX_LENGTH = 2000
MAX_DEPTH = 30
MAX_DIGITS = 30
GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
PLAIN = re.compile(r"[^\W\d]\w*")
ANY = Tests(())
# built-in functions whose names hold blanks
SPACED = ("round half up", "round up", "round down")


def parse_expression(text: str, names: Iterable[str] = ()) -> Node:
    """names: those of the model; only they may hold blanks. Raises RefusedError."""
    found: Node = _parse(text, "expression", names)
    return found


def parse_cell(text: str, names: Iterable[str] = ()) -> Tests:
    """An input entry: unary tests. Empty and `-` are anything. Raises RefusedError."""
    if text.strip() in {"", "-"}:
        return ANY
    found: Tests = _parse(text, "cell", names)
    return found


def _parse(text: str, start: str, names: Iterable[str]) -> Any:
    _insist_sane(text)
    known = frozenset(name for name in names if not PLAIN.fullmatch(name))
    try:
        return _Builder().transform(_parser(known).parse(text, start=start))
    except UnexpectedInput as error:
        place = getattr(error, "column", None)
        raise RefusedError(
            "syntax", f"not understood at character {place}: {text[:120]}"
        ) from error
    except LarkError as error:
        if isinstance(error, VisitError) and isinstance(error.orig_exc, RefusedError):
            raise error.orig_exc from error
        raise RefusedError("syntax", f"not understood: {text[:120]}") from error
    except RecursionError:
        raise RefusedError("too-deep", "too many parts in one another") from None


def _insist_sane(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise RefusedError("too-long", f"more than {MAX_LENGTH} characters")
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth > MAX_DEPTH:
            raise RefusedError("too-deep", f"more than {MAX_DEPTH} brackets in one another")
    # each of these nests without a bracket
    if len(re.findall(r"\bif\b|--", text)) > MAX_DEPTH:
        raise RefusedError("too-deep", "too many branches in one another")


@lru_cache(maxsize=64)
def _parser(known: frozenset[str]) -> Lark:
    words = sorted({*known, *SPACED}, key=len, reverse=True)
    pattern = "|".join(_pattern(word) for word in words)
    grammar = f"{GRAMMAR}\nKNOWN.2: /({pattern})(?!\\w)/\n"
    return Lark(grammar, start=["expression", "cell"], parser="lalr")


def _pattern(word: str) -> str:
    """A name with its blanks, however many there are."""
    return r"\s+".join(re.escape(part).replace("/", "\\/") for part in word.split())


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    def expression(self, node: Node) -> Node:
        return node

    def tests(self, *tests: Test) -> Tests:
        return Tests(tests)

    def negated(self, *tests: Test) -> Tests:
        return Tests(tests, negated=True)

    def compared(self, relation: Token, value: Node) -> Test:
        return tree.Compared(str(relation), value)

    def equal(self, value: Node) -> Test:
        return tree.Compared("=", value)

    def range(self, opening: Token, low: Node, high: Node, high_closed: bool) -> Test:
        return tree.Range(low, high, opening == "[", high_closed)

    def open_range(self, low: Node, high: Node, high_closed: bool) -> Test:
        return tree.Range(low, high, low_closed=False, high_closed=high_closed)

    def closed(self) -> bool:
        return True

    def opened(self) -> bool:
        return False

    def choice(self, condition: Node, then: Node, otherwise: Node) -> Node:
        return tree.Choice(condition, then, otherwise)

    def disjunction(self, left: Node, right: Node) -> Node:
        return tree.Logic("or", left, right)

    def conjunction(self, left: Node, right: Node) -> Node:
        return tree.Logic("and", left, right)

    def comparison(self, left: Node, relation: Token, right: Node) -> Node:
        return tree.Comparison(str(relation), left, right)

    def between(self, operand: Node, low: Node, high: Node) -> Node:
        return tree.Between(operand, low, high)

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return tree.Arithmetic(str(operator), left, right)

    def signed(self, sign: Token, operand: Node) -> Node:
        if sign == "+":
            raise RefusedError("syntax", "a plus sign stands between two values")
        if isinstance(operand, tree.Literal) and isinstance(operand.value, Decimal):
            return tree.Literal(-operand.value)
        return tree.Negative(operand)

    def negation(self, operand: Node) -> Node:
        return tree.Call("not", (operand,))

    def number(self, token: Token) -> Node:
        if len(token) > MAX_DIGITS:
            raise RefusedError("too-long", f"a number of more than {MAX_DIGITS} digits")
        return tree.Literal(Decimal(str(token)))

    def text(self, token: Token) -> Node:
        try:
            value = json.loads(str(token), strict=False)
        except ValueError as error:
            raise RefusedError("syntax", f"not a text: {token[:60]}") from error
        if "\0" in value or not is_unicode(value):
            raise RefusedError("syntax", "a text with a sign that is none")
        return tree.Literal(value)

    def at(self, token: Token) -> Node:
        return tree.Literal(day(str(token)[2:-1]))

    def true(self) -> Node:
        return tree.Literal(True)

    def false(self) -> Node:
        return tree.Literal(False)

    def null(self) -> Node:
        return tree.Literal(None)

    def name(self, token: Token) -> str:
        return " ".join(str(token).split())

    def path(self, *parts: str) -> Node:
        return tree.Name(parts)

    def call(self, name: str, *arguments: Node | None) -> Node:
        given = tuple(node for node in arguments if node is not None)
        is_date = name == "date" and len(given) == 1 and isinstance(given[0], tree.Literal)
        if is_date and isinstance(given[0].value, str):  # type: ignore[union-attr]
            return tree.Literal(day(given[0].value))  # type: ignore[union-attr]
        return tree.Call(name, given)


def day(text: str) -> date:
    """A date as ISO 8601 has it. Raises RefusedError: times and durations are not supported."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RefusedError("unsupported", f"only dates are supported: {text[:40]}") from error


def is_unicode(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)
