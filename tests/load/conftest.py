"""One town for all load tests of a test process."""

from collections.abc import Iterator

import pytest

from tests.load.town import Town


@pytest.fixture
def town(running_town: Town) -> Iterator[Town]:
    """The town; no client of the test may have seen a server error."""
    yield running_town
    running_town.close_clients()


@pytest.fixture(scope="session")
def running_town() -> Iterator[Town]:
    found = Town()
    try:
        found.start()
        found.hire()
        yield found
        found.stop()
    finally:
        found.remove()
