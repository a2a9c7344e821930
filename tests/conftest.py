"""What every test stands on: the embedded database, jobs run by hand, an unmoved clock."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings

from common import cluster

_running = ExitStack()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Every process of the test run uses the cluster; the last one out stops it."""
    if not os.environ.get("DATABASE_URL"):
        _running.enter_context(cluster.Cluster(settings.LIANBAN_HOME).attached())


def pytest_sessionfinish(session: pytest.Session) -> None:
    from django.db import connections

    connections.close_all()
    _running.close()
    shutil.rmtree(settings.UPLOADS, ignore_errors=True)


@pytest.fixture
def run_jobs(transactional_db: None) -> Callable[..., int]:
    """Run the waiting jobs in this process until none is left; returns how many were run."""
    from tests.jobs import run_waiting

    return run_waiting


@pytest.fixture(autouse=True)
def _plain_caches() -> Iterator[None]:
    """No test sees another's cached calendar."""
    yield
    from common import calendar

    calendar.forget_declared()
