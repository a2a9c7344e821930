"""A running installation with a sample county, as somebody on its network meets it."""

from collections.abc import Iterator

import pytest

from tests.load.town import Town


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """One a test process; every member of staff has a token."""
    found = Town()
    try:
        found.start()
        found.hire()
        yield found
        found.stop()
    finally:
        found.remove()


@pytest.fixture(scope="session")
def base(town: Town) -> str:
    return f"http://127.0.0.1:{town.port}"
