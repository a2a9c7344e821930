"""The tree of an expression. Values only: nothing here is evaluated."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Literal:
    """A constant; None is `null`."""

    value: Decimal | str | bool | date | None


@dataclass(frozen=True)
class Name:
    """A name, or a component of one: `age`, `Loan.amount`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Negative:
    operand: "Node"


@dataclass(frozen=True)
class Arithmetic:
    """operator: + - * / **"""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Comparison:
    """operator: = != < <= > >="""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Between:
    operand: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True)
class Logic:
    """operator: and, or"""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Choice:
    """if … then … else …"""

    condition: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True)
class Call:
    """A built-in function, or a business knowledge model by its name."""

    name: str
    arguments: tuple["Node", ...]


Node = Literal | Name | Negative | Arithmetic | Comparison | Between | Logic | Choice | Call


@dataclass(frozen=True)
class Compared:
    """The input stands in this relation to a value; a plain value is `=`."""

    operator: str
    value: Node


@dataclass(frozen=True)
class Range:
    """The input lies between two values; a closed end counts."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


Test = Compared | Range


@dataclass(frozen=True)
class Tests:
    """One cell: any of its tests holds, or, negated, none. No test at all is `-`: anything."""

    tests: tuple[Test, ...]
    negated: bool = False
