"""What stands in the way of a decision model, by element."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """element: the id of what is wrong (a cell, a rule, a decision); code: stable."""

    element: str
    code: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class RuleError(Exception):
    """A model that cannot be used, with every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.element}: {p.message}" for p in problems))


class RefusedError(Exception):
    """An expression that is not understood or not allowed; whoever knows the element says where."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)

    def at(self, element: str) -> Problem:
        return Problem(element, self.code, str(self))
