"""How often somebody may ask, counted for all processes together."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.http import limits
from common.jobs import forget_windows
from common.models import RequestWindow
from config.settings import limits as read_limits
from tests.api.client import Api
from tests.cases.conftest import county  # noqa: F401 - a fixture
from tests.factories.county import id_number, make_household
from tests.robots import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_minute():
    """All of a test falls into one minute."""
    limits._untold.clear()
    if time.time() % limits.SECONDS > limits.SECONDS - 12:
        time.sleep(limits.SECONDS - time.time() % limits.SECONDS)


@pytest.fixture
def allow(settings):
    def allow(**told: tuple[int, int]) -> None:
        settings.LIANBAN_LIMITS = {name.replace("_", "-"): two for name, two in told.items()}

    return allow


def look_up(api: Api):
    return api.post("applicants/lookup/", {"id_number": id_number(10)})


def test_who_asks_too_often_is_told_when_to_come_again(county, allow):  # noqa: F811
    make_household()
    allow(lookup=(3, 100))
    clerk, other = Api(county["window.fuyun"]), Api(county["window2.fuyun"])

    found = [look_up(clerk) for _again in range(5)]

    assert [answer.status for answer in found[3:]] == [429, 429]
    assert 429 not in {answer.status for answer in found[:3]}
    assert found[4].code == "rate-limited"
    assert 0 < int(found[4].headers["Retry-After"]) <= 60
    assert found[4].data["retry_after"] == int(found[4].headers["Retry-After"])
    assert look_up(other).status != 429


def test_an_address_has_a_limit_of_its_own_and_v6_counts_by_network(county, allow):  # noqa: F811
    allow(lookup=(100, 2))
    for n, name in enumerate(("window.fuyun", "window2.fuyun")):
        api = Api(county[name])
        api.client.defaults["REMOTE_ADDR"] = f"2001:db8::{n + 1}"
        assert look_up(api).status != 429

    api = Api(county["window.wuxi"])
    api.client.defaults["REMOTE_ADDR"] = "2001:db8::9"
    assert look_up(api).status == 429
    api.client.defaults["REMOTE_ADDR"] = "2001:db8:0:1::9"
    assert look_up(api).status != 429


def test_a_page_says_it_in_words(county, allow):  # noqa: F811
    allow(search=(1, 100))
    client = Client()
    client.force_login(county["window.fuyun"])
    client.post("/find/", {"q": "x"})

    page = client.post("/find/", {"q": "x"})
    part = client.get("/households/?q=x", headers={"HX-Request": "true"})

    assert (page.status_code, part.status_code) == (429, 429)
    assert "秒再试" in page.content.decode()
    assert 0 < int(page["Retry-After"]) <= 60
    assert part["HX-Retarget"] == "#problems"


def test_signing_in_and_wrong_tokens_are_counted_by_address(county, allow):  # noqa: F811
    allow(sign_in=(9, 2), wrong_token=(9, 2))
    client, stranger = Client(), Api(None)
    stranger.headers["Authorization"] = "Token " + "a" * 64
    fields = {"username": "x", "password": "y"}

    entered = [client.post("/sign-in/", fields).status_code for _again in range(3)]
    asked = [stranger.get("matters/").status for _again in range(3)]

    assert entered == [422, 422, 429]
    assert asked == [401, 401, 429]


def test_of_requests_at_the_same_instant_no_more_pass_than_may(allow):
    allow(lookup=(50, 1000))

    def ask() -> int:
        passed = 0
        for _again in range(10):
            try:
                limits.count("lookup", user_id=1, address="192.0.2.1")
                passed += 1
            except limits.RateLimitedError:
                continue
        return passed

    assert sum(together(*[ask] * 8)) == 50
    assert RequestWindow.objects.get(subject="user 1").count == 80


def test_the_general_limit_costs_a_statement_every_so_many_requests(county, allow):  # noqa: F811
    allow(general=(30, 1000))
    api = Api(county["window.fuyun"])
    with CaptureQueriesContext(connection) as caught:
        found = [api.get("matters/").status for _again in range(2 * limits.STEP)]

    told = [query for query in caught if "common_requestwindow" in query["sql"]]
    assert len(told) == 2
    assert found == [200] * (2 * limits.STEP - 1) + [429]


def test_another_minute_begins_anew_and_old_ones_are_forgotten(allow):
    allow(lookup=(1, 100))
    limits.count("lookup", user_id=1, address="")
    with pytest.raises(limits.RateLimitedError):
        limits.count("lookup", user_id=1, address="")
    RequestWindow.objects.update(begins=1)

    limits.count("lookup", user_id=1, address="")
    limits.count("lookup", user_id=2, address="")
    RequestWindow.objects.filter(subject="user 2").update(begins=1)
    forget_windows(timestamp=int(time.time()))

    assert [row.subject for row in RequestWindow.objects.all()] == ["user 1"]


def test_no_request_waits_for_a_disk():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'common_requestwindow'")
        assert cursor.fetchone() == ("u",)


def test_the_setting():
    assert read_limits("", times=1)["lookup"] == (60, 600)
    assert read_limits("lookup=5/50, search=7", times=1)["lookup"] == (5, 50)
    assert read_limits("search=7", times=9)["search"] == (7, 7)
    assert read_limits("off", times=1) == {}
    with pytest.raises(ValueError, match="knows"):
        read_limits("nothing=1", times=1)
