"""People at their screens: a small county behind a live server, a browser in front."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import Page

from cases import catalogue, hooks
from common import calendar
from households.models import Household
from tests.factories.county import County, make_county, make_household

PASSWORD = "correct horse"


@pytest.fixture
def county(transactional_db, settings, tmp_path) -> County:
    settings.LIANBAN_SAMPLE = True
    settings.UPLOADS = tmp_path / "uploads"
    calendar.forget_declared()
    hooks.org_unit_id.cache_clear()
    catalogue.forget()
    with connection.cursor() as cursor:  # the queue's tables are not Django's to empty
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    found = make_county()
    for user in found.users.values():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return found


@pytest.fixture
def household(county) -> Household:
    return make_household()


@pytest.fixture
def sign_in(county, page: Page, live_server) -> Callable[[str], Page]:
    """Sign in as somebody, in the same browser window."""

    def sign_in(username: str) -> Page:
        page.context.clear_cookies()
        page.goto(f"{live_server.url}/sign-in/")
        page.fill("#id_username", username)
        page.fill("#id_password", PASSWORD)
        page.click("main button")
        page.wait_for_load_state()
        return page

    return sign_in
