"""A copy of the database or of the logs tells nobody's number without the keys."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.load.town import Town

pytestmark = pytest.mark.slow
NUMBERS = """
import json
from households.models import Person
rows = Person.objects.filter(died_on=None).exclude(bank_account=None).exclude(phone=None)
rows = [r for r in rows.order_by("-pk")[:40] if r.birth_on.year < 2000]
print(json.dumps([[r.open_id_number(), r.open_phone(), r.open_bank_account()] for r in rows]))
"""


LEAK = """
from django.utils import timezone
from common.models import IdempotencyKey
from households.models import Person
number = Person.objects.first().open_id_number()
told = {"key": f"leak{number}b", "fingerprint": b"", "created_at": timezone.now()}
IdempotencyKey.objects.create(user_id=1, **told)
print(1)
"""
MENDED = """
from common.models import IdempotencyKey
IdempotencyKey.objects.filter(key__startswith="leak").delete()
print(1)
"""


def inside(town: Town, program: str) -> object:
    """What a program inside the installation prints last, as JSON."""
    return json.loads(town.manage("shell", "--no-imports", "-c", program).splitlines()[-1])


def scan(town: Town) -> dict:
    program = f"from tests.hostile import scan; scan.run({str(town.home)!r})"
    return dict(inside(town, program))


def test_the_scan_finds_what_is_there(town: Town) -> None:
    inside(town, LEAK)

    found = scan(town)

    assert found["found"] == ["common_idempotencykey.key"]
    assert found["numbers"] > 3000
    inside(town, MENDED)


def test_a_played_case_leaves_no_number_in_plain(town: Town, page: Page) -> None:
    people = list(inside(town, NUMBERS))
    window_work(town, page, people[:2])
    api_work(town, people[2:])
    town.close_clients()
    town.manage("play", "--cases", "2", "--seed", "5")
    town.wait_for_jobs()

    found = scan(town)

    assert found["found"] == []
    assert found["tables"] > 40
    assert found["logs"] >= 3
    assert found["bytes"] > 5_000_000


def window_work(town: Town, page: Page, people: list[list[str]]) -> None:
    """A clerk reads cards, one of which somebody else holds, mistypes, searches."""
    page.goto(f"http://127.0.0.1:{town.port}/sign-in/")
    page.fill("#id_username", "window.fuyun")
    page.fill("#id_password", (town.home / "sample-password").read_text().strip())
    page.click("main button")
    page.wait_for_url("**/window/")
    for number, _phone, _account in people:
        page.keyboard.type(number[:-1] + ("1" if number[-1] != "1" else "2"))
        page.keyboard.press("Enter")
        expect(page.locator("#application .summary")).to_be_visible()
        page.goto(f"http://127.0.0.1:{town.port}/window/")
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(page.locator("#application form")).to_be_visible()
        page.fill("[data-find]", number)
        page.press("[data-find]", "Enter")
        page.wait_for_load_state()
        page.goto(f"http://127.0.0.1:{town.port}/window/")


def api_work(town: Town, people: list[list[str]]) -> None:
    """Cases with agents, looked up and opened by keyed requests; a draft with an account in it."""
    clerk = town.posts["fuyun", "window_clerk"][0]
    client = town.client()
    opened = None
    for number, _phone, _account in people:
        client.post(clerk, "applicants/lookup/", {"id_number": number})
        agent = {"id_number": people[0][0], "name": "李四", "relation": "邻居"}
        body = {"id_number": number, "matters": ["min_living", "temporary_aid"], "consent": True,
                "agent": agent if number != people[0][0] else None}  # fmt: skip
        if opened is None:
            opened = client.post(clerk, "cases/", body)
    assert opened is not None
    tasks = client.get(clerk, f"cases/{opened['id']}/")["tasks"]
    task = next(row for row in tasks if row["status"] == "ready")
    officer = town.posts[task["organisation"], task["role"]][0]
    client.post(officer, f"tasks/{task['id']}/claim/")
    typed = {"opinion": f"账号 {people[0][2]}，电话 {people[0][1]}"}
    client.post(officer, f"tasks/{task['id']}/draft/", {"data": typed})
