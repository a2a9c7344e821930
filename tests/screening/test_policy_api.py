"""Policy packages over HTTP, each answer held against the published schema."""

from datetime import timedelta

import pytest

from common import clock
from screening.models import PolicyReading
from tests.api.client import Api
from tests.factories.policies import make_curator, publish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def curator(county):
    return make_curator()


def of(answer, code: str = "min_living") -> dict:
    return next(row for row in answer.data["results"] if row["code"] == code)


def test_every_matter_is_told_whether_published_or_not(county, curator):
    day = clock.today() + timedelta(days=5)
    publish(curator, notes="说明", contacts="电话", starts_on=day)

    answer = Api(county["visit.fuyun"]).get("policies/")

    assert answer.status == 200
    assert len(answer.data["results"]) == 14
    told = of(answer)
    assert (told["version"], told["starts_on"], told["read"]) == (1, str(day), False)
    assert (told["notes"], told["contacts"], told["changed"]) == ("说明", "电话", False)
    assert [row["key"] for row in told["sections"]] == [
        *("policy", "conditions", "figures", "procedure", "papers", "limit", "contacts"),
    ]
    other = of(answer, "medical_aid")
    assert (other["version"], other["read"], other["notes"]) == (None, False, "")


def test_reading_is_noted_for_who_asks(county, curator):
    publish(curator)
    api = Api(county["visit.fuyun"])

    answer = api.post("policies/min_living/read/", {"version": 1}, key="one")
    again = api.post("policies/min_living/read/", {"version": 1}, key="one")

    assert (answer.status, answer.data["read"]) == (200, True)
    assert again.data == answer.data
    assert of(api.get("policies/"))["read"] is True
    assert of(Api(county["visit.wuxi"]).get("policies/"))["read"] is False


def test_an_overtaken_version_an_unknown_one_and_no_number_are_refused(county, curator):
    publish(curator)
    publish(curator, based_on=1, notes="新的")
    api = Api(county["visit.fuyun"])

    old = api.post("policies/min_living/read/", {"version": 1})
    none = api.post("policies/min_living/read/", {"version": 3})
    unpublished = api.post("policies/medical_aid/read/", {"version": 1})
    nowhere = api.post("policies/no_matter/read/", {"version": 1})
    words = api.post("policies/min_living/read/", {"version": "first"})

    assert (old.status, old.code) == (409, "changed-meanwhile")
    assert [row.status for row in (none, unpublished, nowhere)] == [404, 404, 404]
    assert (words.status, words.data["errors"][0]["field"]) == (422, "version")
    assert not PolicyReading.objects.exclude(user=curator).exists()


def test_nobody_is_told_without_signing_in(county):
    assert Api(None).get("policies/").status == 401
    assert Api(None).post("policies/min_living/read/", {"version": 1}).status == 401
