"""A county whose staff look at people."""

from tests.cases.conftest import county, household, opened  # noqa: F401 - fixtures
