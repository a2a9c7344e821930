"""The one place that says who may what: `roles.toml` beside this file, read and checked once."""

import tomllib
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("roles.toml")
REACHES = frozenset({"division", "organisation", "post", "own", "cases", "anywhere"})
ROLES = frozenset(
    {
        *("window_clerk", "township_officer", "township_approver", "helper"),
        *("dept_handler", "dept_approver", "supervisor", "curator"),
        *("system_admin", "security_admin", "auditor", "leader", "recorder"),
    }
)
Declared = dict[str, dict[str, frozenset[str]]]


class DeclarationError(ValueError):
    """The file says something that nothing understands."""


@cache
def declared() -> Declared:
    """Each action (`case.see`) with its reaches and their roles. Raises DeclarationError."""
    return read(SOURCE.read_text("utf-8"))


@cache
def roles_of(action: str) -> frozenset[str]:
    """The roles that may do it somewhere. Raises KeyError for an action that is not declared."""
    return frozenset().union(*declared()[action].values())


@cache
def reaches_of(action: str, role: str) -> frozenset[str]:
    """How far a role reaches with an action; empty where it may not."""
    return frozenset(reach for reach, roles in declared()[action].items() if role in roles)


def actions_on(thing: str) -> list[str]:
    """The names of what is declared for one kind of object."""
    return [action.partition(".")[2] for action in declared() if action.startswith(f"{thing}.")]


def read(text: str) -> Declared:
    """A declaration from its TOML. Raises DeclarationError."""
    found: Declared = {}
    for thing, actions in tomllib.loads(text).items():
        for name, reaches in actions.items():
            action = f"{thing}.{name}"
            unknown = set(reaches) - REACHES
            unknown |= {role for roles in reaches.values() for role in roles} - ROLES
            if unknown or not reaches:
                raise DeclarationError(f"{action}: {sorted(unknown) or 'nobody'}")
            found[action] = {reach: frozenset(roles) for reach, roles in reaches.items()}
    return found
