"""All that is to be said of a model before it is used. Reads only, never raises for its sake."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rules.checks import check
from rules.compile import Compiled, compile_model, facts
from rules.errors import Problem, RuleError
from rules.model import Table, Type
from rules.read import read

Vocabulary = Mapping[str, Type]
Constants = Mapping[str, Decimal]


def inspect(
    source: bytes,
    vocabulary: Vocabulary | None = None,
    constants: Constants | None = None,
    *,
    prefix: str = "d",
) -> tuple[Compiled | None, list[Problem]]:
    """The model compiled, and every problem of it.

    vocabulary: what an input's name may be, with its type; without one the model's own types
    count. constants: values of parameters, for the checks of overlaps and gaps. prefix: of the
    names in its SQL, where several models are asked in one statement.
    """
    try:
        model = read(source)
    except RuleError as error:
        return None, error.problems
    own = {given.name: given.type for given in model.inputs.values()}
    problems = []
    for given in model.inputs.values():
        known = own[given.name] if vocabulary is None else vocabulary.get(given.name)
        if known is None or not known.kind:
            code = "untyped" if vocabulary is None else "unknown-fact"
            text = "has no type" if vocabulary is None else "is neither a fact nor a parameter"
            problems.append(Problem(given.id, code, f"{given.name} {text}"))
        elif given.type.kind not in {"", known.kind}:
            text = f"{given.name} is a {known.kind}, not a {given.type.kind}"
            problems.append(Problem(given.id, "type", text))
    compiled = compile_model(model, facts(own if vocabulary is None else vocabulary), prefix)
    if not problems:
        problems = compiled.problems
    if not problems:
        problems = check(compiled, constants)
    return compiled, problems


def report(name: str, source: bytes) -> dict[str, Any]:
    """One file's line in the answer of check_dmn."""
    compiled, problems = inspect(source)
    decisions = []
    if compiled is not None:
        for decision in compiled.model.decisions.values():
            logic = decision.logic
            decisions.append(
                {
                    "id": decision.id,
                    "name": decision.name,
                    "runs": decision.id not in compiled.refused,
                    "hit_policy": logic.hit_policy if isinstance(logic, Table) else None,
                    "rules": len(logic.rules) if isinstance(logic, Table) else None,
                }
            )
    return {
        "name": name,
        "ok": not problems,
        "decisions": decisions,
        "problems": [problem.as_dict() for problem in problems],
    }
