"""The auditor asks who looked at whom and why, and what was changed."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.audit import held_in_words, lines
from common.sheets import safe
from households.models import Household, Person
from permissions.access_log import record
from permissions.models import AccessRecord, OrgUnit, Role, RoleAssignment, User
from tests.api.client import Api
from tests.factories.county import number_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor(county) -> User:
    unit = OrgUnit.objects.create(code="audit", name="审计局", kind="department")
    user = User.objects.create(username="auditor", name="审计员甲")
    RoleAssignment.objects.create(user=user, org_unit=unit, role=Role.AUDITOR)
    return user


@pytest.fixture
def api(auditor) -> Api:
    return Api(auditor)


@pytest.fixture
def screen(auditor) -> Client:
    client = Client()
    client.force_login(auditor)
    return client


def kinds(answer) -> list[str]:
    return [row["kind"] for row in answer.data["results"]]


def test_nobody_else_reads_the_logs(county):
    for username in ("supervisor", "window.fuyun", "dept.civil.approver"):
        assert Api(county[username]).get("access-log/").status == 403
        assert Api(county[username]).get("changes/", no="x").status == 403
        client = Client()
        client.force_login(county[username])
        for path in ("/access-log/", "/changes/?no=supervisor"):
            assert client.get(path).status_code == 403
        assert client.post("/access-log/export/", {"purpose": "x"}).status_code == 403


def test_who_looked_at_a_person_also_by_household_and_case(api, county, household, opened):
    case = opened("min_living")
    person = case.applicant
    before = AccessRecord.objects.count()
    clerk = county["window.fuyun"]
    record(kind="view", person_ids=[person.pk], user=clerk)
    record(kind="search", household_ids=[household.pk, 999_999], user=clerk)
    record(kind="print", case_id=case.pk, user=clerk)
    record(kind="view", person_ids=[999_999], household_id=999_999, user=clerk)
    assert AccessRecord.objects.count() == before + 4

    for whom in (person.person_no, household.household_no):
        assert kinds(api.get("access-log/", whom=whom, user=clerk.username)) == [
            *("print", "search", "view")
        ]
    assert kinds(api.get("access-log/", whom=case.number, user=clerk.username)) == ["print"]


def test_an_unknown_number_says_so_and_an_identity_number_is_none(api, household):
    head = household.memberships.get(relation="head").person

    for whom in ("H999999", number_of(head)):
        answer = api.get("access-log/", whom=whom)
        assert (answer.status, answer.code) == (422, "invalid-data")
        assert whom not in answer.raw.decode()


def test_by_user_kind_and_day(api, county):
    record(kind="unmask", purpose="核对银行账号", user=county["supervisor"])
    record(kind="view", user=county["supervisor"])

    assert kinds(api.get("access-log/", user="supervisor")) == ["view", "unmask"]
    found = api.get("access-log/", user="supervisor", kind="unmask").data["results"]
    assert found[0]["purpose"] == "核对银行账号"
    assert found[0]["held"] == ["civil · 督办"]
    assert kinds(api.get("access-log/", user="supervisor", to="2020-01-01")) == []
    assert api.get("access-log/", **{"from": "2020-01-01", "user": "supervisor"}).data["results"]
    assert api.get("access-log/", kind="nonsense").status == 422


def test_pages_go_by_a_cursor_and_miss_nothing(api, county):
    for n in range(5):
        record(kind="view", case_id=n + 1, user=county["supervisor"])

    seen, address = [], "access-log/?limit=2&user=supervisor"
    while address:
        page = api.get(address).data
        seen += [row["id"] for row in page["results"]]
        address = page["next"]

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


def test_reading_the_log_is_itself_told(api, auditor):
    api.get("access-log/")

    row = AccessRecord.objects.latest("id")
    assert (row.username, row.kind, row.fields) == ("auditor", "search", ["access_log"])


def test_many_looks_take_as_many_queries_as_one(county, household):
    head = household.memberships.get(relation="head").person
    record(kind="view", person_ids=[head.pk], household_id=household.pk)
    rows = list(AccessRecord.objects.all())

    def queries(rows: list[AccessRecord]) -> int:
        with CaptureQueriesContext(connection) as seen:
            lines(rows)
        return len(seen)

    assert queries(rows) == queries(rows * 50) <= 6


def sheet(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_an_export_has_a_purpose_that_is_kept_and_runs_nowhere(screen, county, household):
    record(kind="view", household_id=household.pk, purpose="=cmd|' /C calc'!A0")

    refused = screen.post("/access-log/export/", {"purpose": "  "})
    assert refused.status_code == 422
    assert not AccessRecord.objects.filter(kind="export").exists()

    response = screen.post(
        "/access-log/export/", {"purpose": "季度抽查", "whom": household.household_no}
    )
    head, *rows = sheet(response)

    assert response["Content-Disposition"].startswith("attachment")
    assert head[0] == "时间"
    assert [row[head.index("户号")] for row in rows] == [household.household_no]
    assert rows[0][head.index("用途")] == "'=cmd|' /C calc'!A0"
    told = AccessRecord.objects.get(kind="export")
    assert (told.purpose, told.username) == ("季度抽查", "auditor")
    assert told.fields == ["access_log", f"whom={household.household_no}"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_would_run_is_text(text):
    assert safe(text) == f"'{text}"


def test_plain_cells_stay():
    assert [safe("张三"), safe(3), safe(None)] == ["张三", "3", ""]


def test_what_was_changed_of_a_household_with_names_and_words(api, household):
    Household.objects.filter(pk=household.pk).update(
        address="中山路 1 号", bank_account=b"sealed", is_provisional=True
    )
    household.memberships.filter(relation="child").update(relation="parent")

    rows = api.get("changes/", no=household.household_no).data["results"]

    assert [row["table_name"] for row in rows] == ["家庭成员", "家庭成员", "家庭"]
    changed = {one["column"]: one for one in rows[-1]["changed"]}
    assert changed["address"] == {
        "column": "address",
        "label": "住址",
        "protected": False,
        "old": None,
        "new": "中山路 1 号",
    }
    assert (changed["is_provisional"]["old"], changed["is_provisional"]["new"]) == ("否", "是")
    assert (changed["bank_account"]["protected"], changed["bank_account"]["new"]) == (True, None)


def test_what_was_changed_of_a_person_and_a_case_names_who_did_it(api, opened, county):
    case = opened("min_living")
    Person.objects.filter(pk=case.applicant_id).update(name="改名")

    [row] = api.get("changes/", no=case.applicant.person_no).data["results"]
    assert row["changed"][0]["new"] == "改名"
    assert row["actor"] is None

    clerk = Api(county["window.fuyun"])
    assert clerk.post(f"cases/{case.pk}/withdraw/", {"reason": "不办了"}).status == 200
    rows = api.get("changes/", no=case.number).data["results"]
    assert {row["table"] for row in rows} >= {"cases_case", "cases_matter"}
    assert {row["actor"] for row in rows} == {"window.fuyun"}
    assert {row["by"] for row in rows} == {"cases.withdraw_case", "cases.open_within"}


def test_roles_that_were_taken_away_are_still_told(api, county):
    user = county["supervisor"]
    user.assignments.all().delete()

    rows = api.get("changes/", no="supervisor").data["results"]

    assert [row["operation"] for row in rows] == ["delete", "insert", "insert"]


def test_looking_at_changes_is_told_too(api, household):
    api.get("changes/", no=household.household_no)

    row = AccessRecord.objects.latest("id")
    assert (row.household_ids, row.username) == ([household.pk], "auditor")


def test_roles_of_places_that_are_gone_are_told_by_code():
    assert held_in_words("gone:dept_handler", {}) == ["gone · 部门经办"]
