"""Playing cases to their end through the HTTP API, as a county's staff would."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from cases.robots import plans, waiting, world
from cases.robots.answers import fill, otherwise
from cases.robots.client import Client, Clients, GivenUpError, RefusedError
from cases.robots.plans import Plan
from cases.robots.staff import Post

WAVE = 200  # cases under way at a time
ROUNDS_IN_DOUBT = 2  # after so many times at one step the robot agrees to everything
GONE = {"already-done", "task-cancelled", "case-closed"}
Json = dict[str, Any]


@dataclass
class Score:
    """What was done. `errors` are sentences for standard error."""

    cases: int = 0
    closed: int = 0
    tasks: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> Json:
        """The JSON of the command."""
        known = ("approved", "refused", "not_applicable")
        outcomes = {name: self.outcomes[name] for name in known}
        outcomes["other"] = self.outcomes.total() - sum(outcomes.values())
        return {
            "cases": self.cases,
            "closed": self.closed,
            "tasks": self.tasks,
            "outcomes": outcomes,
            "seconds": round(self.seconds, 1),
            "errors": len(self.errors),
        }


@dataclass
class Played:
    """One case under way."""

    plan: Plan
    clerk: str
    id: int
    shown: Json
    steps: Counter[tuple[Any, str]] = field(default_factory=Counter)

    @property
    def is_open(self) -> bool:
        return bool(self.shown["status"] == "open")


class Game:
    """Some cases played at once by a few threads."""

    def __init__(
        self,
        clients: Clients,
        posts: dict[Post, list[str]],
        seed: int,
        *,
        threads: int = 4,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.clients, self.posts, self.seed, self.say = clients, posts, seed, say
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="robot")
        self.score = Score()
        self.today = date.min
        self._lock = threading.Lock()

    def play(self, count: int, *, whole: bool = False) -> Score:
        """Open so many cases and bring each to its end."""
        started = time.monotonic()
        while self.score.cases < count:
            wanted = min(WAVE, count - self.score.cases)
            first = self.score.cases
            wave = world.persist(
                partial(plans.make_plans, wanted, self.seed, first=first, whole=whole)
            )
            if not wave:
                self._error("no free household is left")
                break
            self.score.cases += len(wave)
            self._play_wave(wave)
        for path, times in self.clients.failures.items():
            self._error(f"{path} answered 500 {times} times")
        self.score.seconds = time.monotonic() - started
        self.pool.shutdown()
        return self.score

    def _play_wave(self, wave: list[Plan]) -> None:
        self.today = world.persist(world.today)
        opened = [row for row in self.pool.map(self._open, wave) if row is not None]
        self.say(f"{len(opened)} cases opened")
        going = opened
        quiet = waiting.Quiet()
        while going:
            moved = any(list(self.pool.map(self._work_off, going)))
            going = [row for row in going if row.is_open]
            if going and not quiet.after_round(moved, [row.id for row in going]):
                for row in going:
                    self._error(f"case {row.id} stands still: {quiet.reason}")
                break
            self.today = world.persist(world.today)
            self.say(f"{len(going)} open, {self.score.tasks} tasks done, {self.today}")
        for found in self.pool.map(self._verify, [row for row in opened if not row.is_open]):
            for text in found:
                self._error(text)

    def _error(self, text: str) -> None:
        with self._lock:
            self.score.errors.append(text)

    # --- one case --------------------------------------------------------------------------

    def _open(self, plan: Plan) -> Played | None:
        clerk = self.posts[plan.township, "window_clerk"][0]
        try:
            shown = self.clients.here().post(clerk, "cases/", plan.body)
        except (RefusedError, GivenUpError) as error:
            self._error(f"plan {plan.index} was not opened: {error}")
            return None
        return Played(plan, clerk, shown["id"], shown)

    def _work_off(self, case: Played) -> bool:
        """Do every ready task until there is none; whether any was done."""
        client, moved = self.clients.here(), False
        try:
            while True:
                case.shown = client.get(case.clerk, f"cases/{case.id}/")
                ready = [t for t in case.shown["tasks"] if t["status"] in ("ready", "claimed")]
                if not case.is_open or not ready:
                    return moved
                done = [self._do(client, case, task) for task in ready]
                if not any(done):
                    return moved
                moved = True
        except (RefusedError, GivenUpError) as error:
            self._error(f"case {case.id}: {error}")
            case.shown["status"] = "lost"
            return moved

    def _do(self, client: Client, case: Played, task: Json) -> bool:
        """Claim and complete one task by the first of its officers who may."""
        step = (task["matter"], task["name"])
        case.steps[step] += 1
        told = f"{self.seed}/{case.plan.index}/{step}/{case.steps[step]}"
        rng = random.Random(told)  # noqa: S311 - made-up answers
        favour = 1.0 if case.steps[step] > ROUNDS_IN_DOUBT else 0.92
        officers = self.posts.get((task["organisation"], task["role"]), [])
        refusal: Exception | None = None
        for officer in rng.sample(officers, len(officers)):
            try:
                complete(client, officer, task["id"], rng, self.today, favour)
            except RefusedError as error:
                if error.code in GONE:
                    return True
                if error.status == 403:
                    refusal = error
                    continue
                raise
            with self._lock:
                self.score.tasks += 1
            return True
        where = f"{task['name']} at {task['organisation']}"
        self._error(f"case {case.id}: nobody can do {where}: {refusal}")
        return False

    # --- the end ---------------------------------------------------------------------------

    def _verify(self, case: Played) -> list[str]:
        """Count outcomes; each approved one stands once on the household's list."""
        if case.shown["status"] == "lost":
            return []
        with self._lock:
            self.score.closed += case.shown["status"] == "closed"
            for matter in case.shown["matters"]:
                self.score.outcomes[matter["status"]] += 1
        try:
            return list(verify(self.clients.here(), case.clerk, case.shown, self.today))
        except (RefusedError, GivenUpError) as error:
            return [f"case {case.id}: its list cannot be read: {error}"]


def complete(
    client: Client, officer: str, task_id: int, rng: random.Random, today: date, favour: float
) -> Json:
    """Claim a task and complete it; put it back where the officer may not."""
    client.post(officer, f"tasks/{task_id}/claim/")
    shown = client.get(officer, f"tasks/{task_id}/")
    schema = shown["form"]["schema"]
    data = fill(schema, rng, today=today, favour=favour)
    try:
        return _answer(client, officer, task_id, schema, data)
    except RefusedError as error:
        if error.status == 403:
            client.post(officer, f"tasks/{task_id}/release/")
        raise


def _answer(client: Client, officer: str, task_id: int, schema: Json, data: Json) -> Json:
    """Complete a task; decide otherwise where other aid bars the decision."""
    path = f"tasks/{task_id}/complete/"
    try:
        return dict(client.post(officer, path, {"data": data}))
    except RefusedError as error:
        fields = {row.get("field") for row in error.body.get("errors", [])}
        other = otherwise(schema, data) if fields == {"decision"} else None
        if other is None:
            raise
    return dict(client.post(officer, path, {"data": other}))


def verify(client: Client, clerk: str, case: Json, today: date) -> list[str]:
    """What is wrong between a case's outcomes and its household's list; nothing, one hopes.

    Without a day the list holds what is granted and not ended; what has ended since (granted
    once in an earlier year, or for a term) is looked for on its first day.
    """
    path = f"households/{case['household_no']}/list/"
    now = Counter(entry["source"] for entry in client.get(clerk, path)["entries"])
    wrong = []
    for matter in case["matters"]:
        decision = matter["decision"] or {}
        end = f":{case['number']}/{matter['id']}"
        shown = now
        if matter["status"] == "approved" and not _stands(decision, today):
            listed = client.get(clerk, path, as_of=decision["starts_on"])
            shown = Counter(entry["source"] for entry in listed["entries"])
        times = sum(count for source, count in shown.items() if source.endswith(end))
        if decision.get("outcome") != matter["status"]:
            wrong.append(f"case {case['id']}: {matter['code']} {matter['status']} has no decision")
        if times != (matter["status"] == "approved"):
            text = f"{matter['code']} ({matter['status']}) stands {times} times"
            wrong.append(f"case {case['id']}: {text} on the list of {case['household_no']}")
    return wrong


def _stands(decision: Json, today: date) -> bool:
    if decision["form"] == "once":
        return bool(decision["starts_on"][:4] == str(today.year))
    return bool(decision["ends_on"] is None or decision["ends_on"] > str(today))
