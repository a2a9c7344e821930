"""A county with its matters and rules deployed."""

from tests.cases.conftest import county

__all__ = ["county"]
