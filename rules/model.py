"""A decision model as DMN has it, read but not judged."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Type:
    """A kind, or a context of named types. codes: the allowed words of a text."""

    kind: str  # number, string, boolean, date, context, "" (not said)
    components: dict[str, "Type"] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    is_list: bool = False


UNTYPED = Type("")


@dataclass(frozen=True)
class Input:
    """Data that a model is given: a fact, a parameter, a value."""

    id: str
    name: str
    type: Type


@dataclass(frozen=True)
class Cell:
    id: str
    text: str


@dataclass(frozen=True)
class Column:
    """An input or output of a table. allowed: FEEL tests of its values, in order of priority."""

    id: str
    label: str
    name: str  # of an output; empty where a table has but one
    text: str  # an input's expression
    type: Type
    allowed: str = ""
    default: str = ""


@dataclass(frozen=True)
class Rule:
    """One row. notes: annotation name to text."""

    id: str
    inputs: tuple[Cell, ...]
    outputs: tuple[Cell, ...]
    description: str = ""
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    id: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...]
    claims_complete: bool = False


@dataclass(frozen=True)
class Expression:
    """A literal expression."""

    id: str
    text: str


@dataclass(frozen=True)
class Invocation:
    """A business knowledge model called with bound parameters."""

    id: str
    called: str
    bindings: tuple[tuple[str, str], ...]


Logic = Table | Expression | Invocation


@dataclass(frozen=True)
class Decision:
    """requires: ids of decisions, inputs and business knowledge models."""

    id: str
    name: str
    type: Type
    requires: tuple[str, ...]
    logic: Logic


@dataclass(frozen=True)
class Knowledge:
    """A business knowledge model. parameters: name and kind."""

    id: str
    name: str
    parameters: tuple[tuple[str, str], ...]
    body: Expression
    requires: tuple[str, ...] = ()


@dataclass
class Model:
    """Everything by its id."""

    id: str
    name: str
    inputs: dict[str, Input] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, Knowledge] = field(default_factory=dict)

    @property
    def parts(self) -> list[Input | Decision | Knowledge]:
        """All that has a name."""
        return [*self.inputs.values(), *self.decisions.values(), *self.knowledge.values()]
