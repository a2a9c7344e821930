"""What every test stands on: the embedded database, jobs run by hand, an unmoved clock."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.utils import translation

from common import cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Scores that tests recorded, whichever process ran them, and the cells of the matrix."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [pair for r in reports if r.when == "call" for pair in r.user_properties]
    for text in (text for name, text in told if name == "score"):
        terminalreporter.write_line(text)
    if cells := sum(int(count) for name, count in told if name == "cells"):
        terminalreporter.write_line(f"role x object x action x place: {cells} cells")


LEFT = """
SELECT pg_terminate_backend(pid), state, left(query, 300) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.fixture(scope="session", autouse=True)
def _nobody_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database can be dropped: a thread of the live server may still hold a session.

    Such a session is idle; one that still does something is told, and is an error.
    """
    yield
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(LEFT)
        busy = [row for row in cursor.fetchall() if row[1] != "idle"]
        connection.close()
    assert busy == []


@pytest.fixture
def run_jobs(transactional_db: None) -> Callable[..., int]:
    """Run the waiting jobs in this process until none is left; returns how many were run."""
    from tests.jobs import run_waiting

    return run_waiting


@pytest.fixture(autouse=True)
def _plain_caches() -> Iterator[None]:
    """No test sees another's cached calendar, or speaks the language of its last page."""
    yield
    translation.deactivate()
    from common import calendar

    calendar.forget_declared()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium, one a test process."""
    from playwright.sync_api import sync_playwright

    from config.launcher import browser as installed
    from tests.browser import launch

    # Playwright's loop runs in this thread, so Django takes our calls for asynchronous ones
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as running:
        yield launch(running, installed.ensure())


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A fresh page of an ordinary screen; whatever it complains of fails the test."""
    from tests.browser import watched

    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    errors = watched(context)
    yield context.new_page()
    context.close()
    assert not errors, errors
