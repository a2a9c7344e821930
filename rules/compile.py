"""A whole model to SQL: its decisions in the order of their requirements, each on those before.

A statement reads `SELECT … FROM (facts) f CROSS JOIN LATERAL (…) d1 …`: all decisions of a model
for one person or for everybody in one pass.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rules.errors import Problem, RefusedError, RuleError
from rules.feel import sql, tree
from rules.feel.parse import parse_expression
from rules.feel.sql import Function, Scope, Value
from rules.model import Decision, Expression, Invocation, Knowledge, Model, Table, Type
from rules.tables import Compiled as CompiledTable
from rules.tables import Layer, compile_table

FACTS = "f"
MAX_DECISIONS = 200


@dataclass
class Compiled:
    """tables, values and refused by decision id. layers: in the order of the statement."""

    model: Model
    layers: list[Layer] = field(default_factory=list)
    tables: dict[str, CompiledTable] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    refused: dict[str, list[Problem]] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return [problem for rows in self.refused.values() for problem in rows]

    def laterals(self, since: int = 0, until: int | None = None) -> str:
        """What stands behind the facts in a FROM; of some layers alone."""
        return "".join(
            # OFFSET 0 keeps a layer's columns from being computed again wherever they are read
            f" CROSS JOIN LATERAL (SELECT {_columns(columns)} OFFSET 0) {alias}"
            for alias, columns in self.layers[since:until]
        )

    def place_of(self, table: CompiledTable) -> int:
        """Where the layer of a table's answer stands."""
        return [alias for alias, _columns in self.layers].index(table.alias)


def compile_model(model: Model, columns: Mapping[str, Value], prefix: str = "d") -> Compiled:
    """columns: what each input's name is in the facts `f`, components as `name.component`.

    A decision that cannot be compiled is in `refused`, and so is what requires it.
    """
    return _Compiler(model, columns, prefix).run()


def facts(types: Mapping[str, Type]) -> dict[str, Value]:
    """Columns named as the facts are, of the given types; what has none is left out."""
    return {name: _column(name, name, kind) for name, kind in types.items() if kind.kind}


def _column(name: str, column: str, kind: Type) -> Value:
    if kind.components:
        return Value(
            "",
            "context",
            {part: _column(part, f"{column}.{part}", t) for part, t in kind.components.items()},
        )
    text = f"{FACTS}.{quoted(column)}"
    return Value(text, kind.kind, codes=kind.codes)  # type: ignore[arg-type]


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


class _Compiler:
    def __init__(self, model: Model, columns: Mapping[str, Value], prefix: str) -> None:
        self.model, self.columns, self.prefix = model, columns, prefix
        self.found = Compiled(model)
        # what rests on the facts alone is one layer: each costs a step for every person
        self.first: Layer = (f"{prefix}0", {})

    def run(self) -> Compiled:
        for number, decision in enumerate(self._ordered(), start=1):
            try:
                self._decision(decision, f"{self.prefix}{number}")
            except RefusedError as error:
                self.found.refused[decision.id] = [error.at(decision.id)]
            except RuleError as error:
                self.found.refused[decision.id] = error.problems
        if self.first[1]:
            self.found.layers.insert(0, self.first)
        return self.found

    def _ordered(self) -> list[Decision]:
        """What is required comes first; circles are refused."""
        if len(self.model.decisions) > MAX_DECISIONS:
            text = f"more than {MAX_DECISIONS} decisions"
            self.found.refused[self.model.id] = [Problem(self.model.id, "too-large", text)]
            return []
        done: list[Decision] = []
        state: dict[str, int] = {}

        def visit(decision: Decision) -> bool:
            if decision.id in state:
                return state[decision.id] == 2
            state[decision.id] = 1
            wanted = [self.model.decisions.get(key) for key in decision.requires]
            sound = [visit(row) for row in wanted if row is not None]  # each, though one is not
            if not all(sound):
                text = "requires itself, or what does"
                self.found.refused[decision.id] = [Problem(decision.id, "circular", text)]
            state[decision.id] = 2
            if decision.id in self.found.refused:
                return False
            done.append(decision)
            return True

        for decision in self.model.decisions.values():
            visit(decision)
        return done

    def _decision(self, decision: Decision, alias: str) -> None:
        scope = self._scope(decision)
        logic = decision.logic
        if isinstance(logic, Table):
            table = compile_table(logic, scope, alias)
            self.found.layers += table.layers
            self.found.tables[decision.id] = table
            value = table.value
        else:
            value = self._expression(decision, logic, scope, alias)
        kind = decision.type.kind
        if kind not in {"", "context", value.kind} and value.kind not in {"null", "list"}:
            text = f"a {kind} is announced, this is a {value.kind}"
            raise RefusedError("type", text)
        self.found.values[decision.id] = value

    def _expression(
        self, decision: Decision, logic: Expression | Invocation, scope: Scope, alias: str
    ) -> Value:
        try:
            value = sql.expression(_node(logic, scope), scope)
        except RefusedError as error:
            raise RuleError([error.at(logic.id)]) from error
        if value.kind in {"context", "null"}:
            return value
        if any(key in self.model.decisions for key in decision.requires):
            self.found.layers.append((alias, {"v": value.sql}))
            return Value(f'{alias}."v"', value.kind)
        first, columns = self.first
        columns[alias] = value.sql
        return Value(f'{first}."{alias}"', value.kind)

    def _scope(self, decision: Decision) -> Scope:
        """What a decision requires, and nothing else."""
        values: dict[str, Value] = {}
        for key in decision.requires:
            if (given := self.model.inputs.get(key)) is not None:
                values[given.name] = self._input(given.name)
            elif (other := self.model.decisions.get(key)) is not None:
                if other.id not in self.found.values:
                    raise RefusedError("requires-refused", f"{other.name} is refused")
                values[other.name] = self.found.values[other.id]
        return Scope(values, self._functions(decision.requires))

    def _input(self, name: str) -> Value:
        found = self.columns.get(name)
        if found is None:
            raise RefusedError("unknown-fact", f"no fact or parameter is called {name}")
        return found

    def _functions(self, requires: Iterable[str]) -> dict[str, Function]:
        found: dict[str, Function] = {}
        rest, seen = list(requires), set()
        while rest:
            key = rest.pop()
            row = self.model.knowledge.get(key)
            if row is not None and key not in seen:
                seen.add(key)
                rest += row.requires
                found[row.name] = self._function(row)
        return found

    def _function(self, row: Knowledge) -> Function:
        names = [name for name, _kind in row.parameters]
        names += [other.name for other in self.model.knowledge.values()]
        try:
            return Function(row.parameters, parse_expression(row.body.text, names))
        except RefusedError as error:
            raise RuleError([error.at(row.id)]) from error


def _node(logic: Expression | Invocation, scope: Scope) -> tree.Node:
    if isinstance(logic, Expression):
        return parse_expression(logic.text, scope.names)
    function = scope.functions.get(logic.called)
    if function is None:
        raise RefusedError("unknown-name", f"nothing to call: {logic.called}")
    bound = dict(logic.bindings)
    names = [name for name, _kind in function.parameters]
    if set(bound) != set(names):
        raise RefusedError("arguments", f"{logic.called} takes {', '.join(names)}")
    given = tuple(parse_expression(bound[name], scope.names) for name in names)
    return tree.Call(logic.called, given)


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f'{text} AS "{name}"' for name, text in columns.items())
