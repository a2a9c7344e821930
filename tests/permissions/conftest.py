"""A county whose staff look at people."""

from tests.api.conftest import api, applicant, number
from tests.cases.conftest import county, household, opened

__all__ = ["api", "applicant", "county", "household", "number", "opened"]
