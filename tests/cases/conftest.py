import pytest
from django.db import connection

from cases import catalogue, hooks
from cases.models import Case
from cases.opening import Wanted
from cases.services.intake import open_case
from common import calendar
from households.models import Household
from tests.factories.county import County, make_county, make_household, number_of


@pytest.fixture
def county(transactional_db, settings, tmp_path) -> County:
    settings.LIANBAN_SAMPLE = True
    settings.UPLOADS = tmp_path / "uploads"
    calendar.forget_declared()
    hooks.org_unit_id.cache_clear()
    catalogue.forget()
    with connection.cursor() as cursor:  # the queue's tables are not Django's to empty
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    return make_county()


@pytest.fixture
def household(county) -> Household:
    return make_household()


@pytest.fixture
def opened(county, household):
    """Open a case at the window of Fuyun for the household's head."""

    def opened(*codes: str, who: Household | None = None, **fields) -> Case:
        head = (who or household).memberships.get(relation="head").person
        fields = {"channel": "window", "consent": True, **fields}
        return open_case(
            actor=county["window.fuyun"],
            id_number=number_of(head),
            matters=[Wanted(code) for code in codes],
            **fields,
        )

    return opened
