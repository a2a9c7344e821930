"""Named exceptions: a case is shown to somebody who has no part in it, and ends by itself."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import audience
from cases.models import Case, CaseUserShare
from cases.services import shares
from common import clock
from common.errors import DeniedError, InputError, MissingError
from permissions.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(opened):
    return opened("min_living", "medical_aid")


@pytest.fixture
def share(county, case):
    """Share the case for a week."""

    def share(*, by="supervisor", days=6, reason="会商", **whom):
        until = clock.today() + timedelta(days=days)
        return shares.share_case(
            actor=county[by], case_id=case.pk, until=until, reason=reason, **whom
        )

    return share


def test_a_colleague_sees_the_whole_case_and_can_do_nothing(api, case, share):
    stranger = api("town.wuxi")
    assert stranger.get(f"cases/{case.pk}/").status == 404

    share(username="town.wuxi")

    seen = stranger.get(f"cases/{case.pk}/").data
    assert len(seen["matters"]) == 2
    assert {task["matter"] for task in seen["tasks"]} >= {"min_living", "medical_aid"}
    assert [row["id"] for row in stranger.get("cases/").data["results"]] == [case.pk]
    assert stranger.post(f"cases/{case.pk}/withdraw/", {"reason": "x"}).status == 403
    task = seen["tasks"][0]["id"]
    assert stranger.post(f"tasks/{task}/claim/").status == 404


def test_it_ends_by_itself(api, case, share):
    row = share(username="town.wuxi", days=0)
    assert api("town.wuxi").get(f"cases/{case.pk}/").status == 200

    CaseUserShare.objects.filter(pk=row.pk).update(ends_on=clock.today())

    assert api("town.wuxi").get(f"cases/{case.pk}/").status == 404


def test_an_organisation_is_whoever_works_there_today(api, case, share, county):
    share(organisation="wuxi")
    for username in ("town.wuxi", "visit.wuxi"):
        assert api(username).get(f"cases/{case.pk}/").status == 200

    county["town.wuxi"].assignments.update(ends_on=clock.today())

    assert api("town.wuxi").get(f"cases/{case.pk}/").status == 404
    assert api("dept.gas.handler").get(f"cases/{case.pk}/").status == 404


def test_taken_back(api, case, share, county):
    row = share(username="town.wuxi")

    shares.end_share(actor=county["supervisor"], case_id=case.pk, kind="user", share_id=row.pk)

    assert api("town.wuxi").get(f"cases/{case.pk}/").status == 404


@pytest.mark.parametrize(
    ("by", "error"),
    [
        ("town.fuyun", DeniedError),
        ("town2.wuxi", MissingError),
        ("dept.medins.handler", DeniedError),
    ],
)
def test_who_may_share(share, by, error):
    with pytest.raises(error):
        share(by=by, username="town.wuxi")


@pytest.mark.parametrize(
    "told",
    [
        {"username": "nobody"},
        {"username": "supervisor"},
        {"organisation": "nowhere"},
        {"username": "town.wuxi", "days": -1},
        {"username": "town.wuxi", "days": 400},
        {"username": "town.wuxi", "reason": " "},
    ],
)
def test_a_share_names_somebody_says_why_and_ends(share, told):
    with pytest.raises(InputError):
        share(**told)
    assert not CaseUserShare.objects.exists()


def test_lists_cost_the_same_with_and_without(county, case, share):
    def cost(username):
        user = User.objects.get(username=username)
        with CaptureQueriesContext(
            connection,
        ) as found:
            list(Case.objects.visible_to(user))
        return len(found)

    before = cost("town.wuxi")
    share(username="town.wuxi")
    share(organisation="wuxi")

    assert cost("town.wuxi") == before


def test_the_page_says_who_sees_it_and_why(county, case, share):
    share(username="town.wuxi", reason="跨乡镇会商")
    browser = Client()
    browser.force_login(county["supervisor"])

    page = browser.get(f"/cases/{case.pk}/access/").content.decode()

    assert "跨乡镇会商" in page
    assert "辖区内的申请" in page
    assert "本单位有任务" in page
    whys = {row.why for row in audience.viewers(case) if row.name == "dept.medins.handler"}
    assert whys == {"本单位有任务"}
