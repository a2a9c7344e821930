"""A county, and staff that call the API."""

from collections.abc import Callable

import pytest

from households.models import Household, Person
from tests.api.client import Api
from tests.cases.conftest import county, household, opened  # noqa: F401 - fixtures
from tests.factories.county import County, number_of


@pytest.fixture
def applicant(household: Household) -> Person:  # noqa: F811
    return household.memberships.get(relation="head").person


@pytest.fixture
def number(applicant: Person) -> str:
    return number_of(applicant)


@pytest.fixture
def api(county: County) -> Callable[[str], Api]:  # noqa: F811
    """The API as a member of staff."""
    return lambda username: Api(county[username])


@pytest.fixture
def clerk(api: Callable[[str], Api]) -> Api:
    return api("window.fuyun")
