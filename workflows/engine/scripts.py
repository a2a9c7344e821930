"""Expressions of a diagram, without Python behind them.

A syntax tree is checked against an allow-list when a diagram is deployed, and walked by our own
evaluator when it runs: no attribute, subscript, import, comprehension or call beyond a named few,
numbers and texts bounded. `eval` is never called on anything of a diagram.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Variables = Mapping[str, Any]

MAX_LENGTH = 1000
MAX_NODES = 200
MAX_TEXT = 500
MAX_NUMBER = 10**15
MAX_ITEMS = 100

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "len": len,
    "max": max,
    "min": min,
    "round": round,
}
_ARITHMETIC: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_PLAIN = (ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.USub, ast.IfExp, ast.Load)


class ScriptError(Exception):
    """An expression is not allowed, or cannot be evaluated."""


def check_expression(text: str) -> set[str]:
    """The names an expression reads. Raises ScriptError for anything not on the allow-list."""
    return _names(_expression(text))


def check_script(text: str) -> tuple[set[str], set[str]]:
    """The names a script reads and those it sets."""
    reads: set[str] = set()
    sets: set[str] = set()
    for name, tree in _script(text):
        reads |= _names(tree)
        sets.add(name)
    return reads, sets


def check_name(text: str) -> None:
    """Raises ScriptError for what no variable may be called."""
    if not isinstance(_expression(text).body, ast.Name):
        raise ScriptError("not a name")


def evaluate(text: str, variables: Variables) -> Any:
    """The value of an expression; a name that was never set is None."""
    return _value(_expression(text).body, variables)


def execute(text: str, variables: Variables) -> dict[str, Any]:
    """What a script of plain assignments sets."""
    found: dict[str, Any] = {}
    for name, tree in _script(text):
        found[name] = _value(tree.body, {**variables, **found})
    return found


def scalar(value: Any) -> bool:
    """Whether a value may enter workflow data: small, flat, never shared."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    if isinstance(value, int | float):
        return abs(value) <= MAX_NUMBER
    if isinstance(value, list | tuple):
        return len(value) <= MAX_ITEMS and all(
            not isinstance(item, list | tuple) and scalar(item) for item in value
        )
    return value is None


@lru_cache(maxsize=2000)
def _expression(text: str) -> ast.Expression:
    tree = _parse(text.strip(), "eval")
    _check(tree)
    return tree  # type: ignore[return-value]


@lru_cache(maxsize=500)
def _script(text: str) -> list[tuple[str, ast.Expression]]:
    tree = _parse(text.strip(), "exec")
    found = []
    for line in tree.body:  # type: ignore[attr-defined]
        target = line.targets[0] if isinstance(line, ast.Assign) else None
        if not isinstance(target, ast.Name) or len(line.targets) != 1:
            raise ScriptError("only plain assignments are allowed")
        _check_name(target.id)
        expression = ast.Expression(line.value)
        _check(expression)
        found.append((target.id, expression))
    return found


def _parse(text: str, mode: str) -> ast.AST:
    if not text or len(text) > MAX_LENGTH:
        raise ScriptError(f"an expression has 1 to {MAX_LENGTH} characters")
    try:
        return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ScriptError("not an expression") from error


def _check(tree: ast.AST) -> None:
    count = 0
    stack = [tree]
    while stack:
        node = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise ScriptError("too long an expression")
        _check_node(node)
        children = list(ast.iter_child_nodes(node))
        stack += children[1:] if isinstance(node, ast.Call) else children


def _check_node(node: ast.AST) -> None:
    if isinstance(node, ast.Name):
        _check_name(node.id)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bytes | complex) or node.value is ... or not scalar(node.value):
            raise ScriptError("a constant of this kind or size is not allowed")
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise ScriptError(f"only {', '.join(FUNCTIONS)} may be called")
    elif isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Compare | ast.BinOp | ast.UnaryOp):
        pass
    elif not isinstance(node, _PLAIN) and type(node) not in {**_ARITHMETIC, **_COMPARISONS}:
        raise ScriptError(f"{type(node).__name__} is not allowed")


def _check_name(name: str) -> None:
    if name.startswith("_") or name in FUNCTIONS or name == "typename" or len(name) > 60:
        raise ScriptError(f"the name {name[:60]} is not allowed")


def _names(tree: ast.AST) -> set[str]:
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return found - set(FUNCTIONS)


def _value(node: ast.AST, variables: Variables) -> Any:  # noqa: C901, PLR0911
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return variables.get(node.id)
        case ast.Compare():
            return _compare(node, variables)
        case ast.BoolOp():
            wanted = isinstance(node.op, ast.Or)
            value: Any = not wanted
            for part in node.values:
                value = _value(part, variables)
                if bool(value) is wanted:
                    return value
            return value
        case ast.UnaryOp():
            inner = _value(node.operand, variables)
            return not inner if isinstance(node.op, ast.Not) else -_number(inner)
        case ast.BinOp():
            left = _number(_value(node.left, variables))
            right = _number(_value(node.right, variables))
            return _number(_ARITHMETIC[type(node.op)](left, right))
        case ast.IfExp():
            chosen = node.body if _value(node.test, variables) else node.orelse
            return _value(chosen, variables)
        case ast.List() | ast.Tuple() | ast.Set():
            return [_value(item, variables) for item in node.elts]
        case ast.Call():
            arguments = [_value(item, variables) for item in node.args]
            return FUNCTIONS[node.func.id](*arguments)  # type: ignore[attr-defined]
    raise ScriptError(f"{type(node).__name__} is not allowed")


def _compare(node: ast.Compare, variables: Variables) -> bool:
    left = _value(node.left, variables)
    for kind, part in zip(node.ops, node.comparators, strict=True):
        right = _value(part, variables)
        if not _COMPARISONS[type(kind)](left, right):
            return False
        left = right
    return True


def _number(value: Any) -> Any:
    if not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
        raise ScriptError("arithmetic needs numbers of a sensible size")
    return value
