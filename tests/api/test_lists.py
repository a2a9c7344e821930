"""Lists: pages, filters, visibility, a constant number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from households.models import Household
from tests.factories.county import make_household

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cases(opened):
    """Seven cases, two of them in Wuxi."""
    villages = ["331125001001"] * 5 + ["331125201200"] * 2
    homes = [make_household(n + 10, village=village) for n, village in enumerate(villages)]
    return [opened("min_living", "temporary_aid", who=home) for home in homes]


def ids(answer):
    return [row["id"] for row in answer.data["results"]]


def test_pages_there_and_back(api, cases):
    reader = api("supervisor")
    newest_first = [case.pk for case in reversed(cases)]

    first = reader.get("cases/?limit=3")
    second = reader.get(first.data["next"])
    third = reader.get(second.data["next"])
    back = reader.get(third.data["previous"])

    assert ids(first) + ids(second) + ids(third) == newest_first
    assert first.data["previous"] is None
    assert third.data["next"] is None
    assert ids(back) == ids(second)
    assert ids(reader.get(back.data["previous"])) == ids(first)


def test_a_page_holds_a_hundred_at_most(api, cases):
    assert len(ids(api("supervisor").get("cases/?limit=100000"))) == 7


def test_who_sees_which_cases(api, cases):
    here, there = [c.pk for c in cases[:5]], [c.pk for c in cases[5:]]

    assert ids(api("supervisor").get("cases/")) == [c.pk for c in reversed(cases)]
    assert set(ids(api("window2.wuxi").get("cases/"))) == set(there)
    assert set(ids(api("window2.fuyun").get("cases/"))) == set(here)
    assert ids(api("dept.edu.handler").get("cases/")) == []
    assert api("window2.wuxi").get(f"cases/{here[0]}/").status == 404
    assert api("window2.wuxi").get(f"cases/{here[0]}/timeline/").status == 404
    assert api("window2.wuxi").get(f"cases/{here[0]}/diagram/").status == 404


def test_filters(api, clerk, cases):
    reader = api("supervisor")
    today = clock.today()
    clerk.post(f"cases/{cases[0].pk}/withdraw/", {"reason": "x"})

    def count(**params):
        return len(ids(reader.get("cases/", **params)))

    assert count(status="withdrawn") == 1
    assert count(status="open") == 6
    assert count(matter="temporary_aid") == 7
    assert count(matter="medical_aid") == 0
    assert count(division="331125201000") == 2
    assert count(division="331125") == 7
    assert count(number=cases[2].number.lower()) == 1
    assert count(opened_from=str(today)) == 7
    assert count(opened_to=str(today)) == 7
    assert count(opened_from=str(today + timedelta(days=1))) == 0
    assert count(opened_to=str(today - timedelta(days=1))) == 0
    assert count(light="green") == 6
    assert count(light="red") == 0


def queries(api, address):
    api.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert api.get(address).status == 200
    return len(seen)


@pytest.mark.parametrize(
    ("username", "address", "most"),
    [
        ("supervisor", "cases/?limit={}", 10),
        ("window.fuyun", "cases/?limit={}", 10),
        ("town.fuyun", "cases/?limit={}", 10),
        ("town.fuyun", "tasks/?limit={}", 6),
        ("supervisor", "tasks/?limit={}&matter=min_living", 6),
        ("supervisor", "households/?limit={}", 6),
        ("town.fuyun", "households/?limit={}", 6),
    ],
)
def test_a_page_costs_the_same_for_few_rows_and_many(api, cases, username, address, most):
    reader = api(username)

    few, many = queries(reader, address.format(4)), queries(reader, address.format(50))

    assert few == many
    assert many <= most, many


def test_households_are_found(api, clerk, cases):
    home = Household.objects.get(household_no="H000010")
    head = home.memberships.get(relation="head").person

    def numbers(**params):
        return [row["household_no"] for row in clerk.get("households/", **params).data["results"]]

    assert numbers(q="H000010") == ["H000010"]
    assert "H000010" in numbers(q=head.id_tail)
    assert numbers(q=head.name) == ["H000010"]
    assert numbers(q="无此人") == []
    assert len(numbers(division="331125001000")) == 6
    assert numbers(division="331125201000") == ["H000015", "H000016"]  # opened here
    assert len(api("supervisor").get("households/").data["results"]) == 8


def test_one_household_and_its_list(api, clerk, cases):
    one = clerk.get("households/H000010/")
    person = clerk.get(f"persons/{one.data['members'][0]['person_no']}/")
    listing = clerk.get("households/H000010/list/")

    assert len(one.data["members"]) == 3
    assert person.data["registrations"][0]["household_no"] == "H000010"
    assert "*" in person.data["id_number"]
    assert listing.data["entries"] == []
    assert set(listing.data["totals"]) == {"month", "quarter", "year"}


def test_households_of_others_are_nowhere(api, cases):
    for username in ("window2.wuxi", "dept.edu.handler"):
        reader = api(username)
        for path in ("households/H000010/", "households/H000010/list/", "persons/P000100/"):
            assert reader.get(path).status == 404
    # a department sees the household of a case that it works on
    civil = api("dept.civil.handler")
    assert civil.get("households/H000010/").status == (200 if ids(civil.get("cases/")) else 404)


@pytest.mark.parametrize(
    "query",
    ["as_of=2026-01-01", "known_at=2026-11-01T08:00:00%2B08:00",
     "known_at=2026-11-01T08:00:00+08:00", "known_at=2026-11-01",
     "as_of=2026-01-01&known_at=2026-11-01T00:00Z"],
)  # fmt: skip
def test_a_list_of_another_time(clerk, cases, query):
    found = clerk.get(f"households/H000010/list/?{query}")

    assert found.status in {200, 422}
    if "T" in query or "known" not in query:
        assert found.status == 200


def test_timeline_and_diagram(clerk, cases):
    case = cases[0]

    told = clerk.get(f"cases/{case.pk}/timeline/").data["results"]
    intake = clerk.get(f"cases/{case.pk}/diagram/").data
    matter = clerk.get(f"cases/{case.pk}/diagram/?matter=min_living").data

    assert told[0]["event"] == "case.opened"
    assert case.number in told[0]["text"]
    assert intake["xml"].lstrip().startswith("<")
    assert set(matter["elements"].values()) <= {"done", "active", "waiting", "failed"}
    assert "active" in matter["elements"].values()
    assert matter["text"]
    assert clerk.get(f"cases/{case.pk}/diagram/?matter=medical_aid").status == 404


def test_office_visits_count(clerk, cases):
    path = f"cases/{cases[0].pk}/office-visits/"

    found = clerk.post(path, {"reason": "补材料"})

    assert (found.status, found.data["in_person_count"]) == (201, 2)
    assert clerk.post(path, {"reason": ""}).status == 422
    assert clerk.post(path, {"reason": "x" * 300}).status == 422


def test_a_death_ends_the_case(api, cases):
    officer = api("town.fuyun")
    person = cases[0].applicant

    body = {"person_no": person.person_no, "kind": "death", "on": str(clock.today())}
    found = officer.post("life-events/", body, key="k")

    assert found.status == 201
    case = officer.get(f"cases/{cases[0].pk}/").data
    assert case["status"] == "closed"
    assert {m["status"] for m in case["matters"]} == {"ended"}
    later = {**body, "on": str(clock.today() + timedelta(days=2))}
    assert officer.post("life-events/", later).status == 422
    assert officer.post("life-events/", {**body, "person_no": "P9"}).status == 404
