"""A case of all fourteen matters at its widest moment.

LIANBAN_LOAD_CASES says how many cases (3; the figure to reach is 50).
"""

import os
from collections import Counter
from datetime import date
from typing import Any

import pytest

from cases.robots.play import verify
from tests.load.crowd import Crowd
from tests.load.town import Town

CASES = int(os.environ.get("LIANBAN_LOAD_CASES", "3"))
WAVES = 60
pytestmark = pytest.mark.slow


def open_crowds(town: Town, count: int, seed: int) -> list[Crowd]:
    plans = town.ask(
        f"[[p.township, p.body] for p in plans.make_plans({count}, {seed}, whole=True)]"
    )
    assert len(plans) == count
    crowds = []
    for number, (township, body) in enumerate(plans):
        clerk = town.posts[township, "window_clerk"][0]
        case_id = town.client().post(clerk, "cases/", body)["id"]
        crowds.append(Crowd(town, clerk, case_id, seed + number))
    return crowds


def work_off(town: Town, crowds: list[Crowd]) -> date:
    """Wave after wave until every case is closed; the date on which the last one was."""
    today = date.fromisoformat(town.ask("str(world.today())"))
    going = crowds
    for _wave in range(WAVES):
        moved = [crowd.wave(today) for crowd in going]
        going = [crowd for crowd in going if crowd.look()["status"] == "open"]
        if not going:
            return today
        if not any(moved):
            ids = [crowd.case_id for crowd in going]
            today = date.fromisoformat(town.ask(f"str(world.go_on({ids}))"))
    raise AssertionError(f"{[crowd.case_id for crowd in going]} did not come to their end")


def events_of(crowd: Crowd) -> Counter[str]:
    rows = crowd.own.get(crowd.clerk, f"cases/{crowd.case_id}/timeline/")["results"]
    return Counter(row["event"] for row in rows)


def test_a_client_for_each_ready_task_completes_it_at_the_same_instant(town: Town) -> None:
    crowds = open_crowds(town, CASES, seed=1)

    today = work_off(town, crowds)

    town.wait_for_jobs()
    for crowd in crowds:
        shown, events = crowd.look(), events_of(crowd)
        assert crowd.refused == []
        assert crowd.widest >= 10
        assert events["task.completed"] == crowd.completed
        assert events["case.closed"] == 1
        assert all(matter["decision"] for matter in shown["matters"])
        assert len(shown["matters"]) >= 14
        assert verify(crowd.own, crowd.clerk, shown, today) == []
    assert town.books() == []


def test_a_withdrawal_at_the_same_instant_leaves_nothing_half_done(town: Town) -> None:
    crowds = open_crowds(town, CASES, seed=1000)
    today = date.fromisoformat(town.ask("str(world.today())"))

    for number, crowd in enumerate(crowds):
        for _before in range(number % 3):
            crowd.wave(today)
        crowd.wave(today, lambda crowd=crowd: withdraw(crowd))

    town.wait_for_jobs()
    for crowd in crowds:
        shown, events = crowd.look(), events_of(crowd)
        assert {error.code for error in crowd.refused} <= {"task-cancelled", "case-closed"}
        assert shown["status"] == "withdrawn"
        assert events["case.withdrawn"] == 1
        assert not [task for task in shown["tasks"] if task["status"] in ("ready", "claimed")]
        assert events["task.completed"] == crowd.completed
        assert verify(crowd.own, crowd.clerk, shown, today) == []
    assert town.books() == []


def withdraw(crowd: Crowd) -> Any:
    path = f"cases/{crowd.case_id}/withdraw/"
    return crowd.town.client().post(crowd.clerk, path, {"reason": "不办了"})
