"""A crowd of clients: one for each ready task of a case, all completing at the same instant."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cases.robots.answers import fill
from cases.robots.client import RefusedError
from tests.load.town import Town

Json = dict[str, Any]


@dataclass
class Crowd:
    """Works one case wave by wave."""

    town: Town
    clerk: str
    case_id: int
    seed: int
    completed: int = 0
    widest: int = 0
    refused: list[RefusedError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own = self.town.client()
        self.rng = random.Random(self.seed)

    def look(self) -> Json:
        """The case as its clerk sees it."""
        return dict(self.own.get(self.clerk, f"cases/{self.case_id}/"))

    def wave(self, today: date, *also: Callable[[], Any]) -> bool:
        """Complete all ready tasks at once, with other things besides; False where none is."""
        tasks = [task for task in self.look()["tasks"] if task["status"] in ("ready", "claimed")]
        if not tasks:
            return False
        ready = [self._claim(task, today) for task in tasks]
        self.widest = max(self.widest, len(ready))
        gate = threading.Barrier(len(ready) + len(also))
        with ThreadPoolExecutor(len(ready) + len(also)) as pool:
            others = [pool.submit(self._after, gate, action) for action in also]
            done = [pool.submit(self._complete, gate, *row) for row in ready]
        for other in others:
            other.result()
        for one in done:
            try:
                one.result()
                self.completed += 1
            except RefusedError as error:
                self.refused.append(error)
        return True

    def _claim(self, task: Json, today: date) -> tuple[str, int, Json]:
        """Claim a task for the first of its officers who may complete it."""
        for officer in self.town.posts[task["organisation"], task["role"]]:
            self.own.post(officer, f"tasks/{task['id']}/claim/")
            shown = self.own.get(officer, f"tasks/{task['id']}/")
            if "complete" in shown["allowed"]:
                schema = shown["form"]["schema"]
                return officer, task["id"], fill(schema, self.rng, today=today, favour=0.95)
            self.own.post(officer, f"tasks/{task['id']}/release/")
        raise AssertionError(f"nobody may complete {task}")

    def _complete(self, gate: threading.Barrier, officer: str, task_id: int, data: Json) -> None:
        client = self.town.client()
        client.get(officer, f"tasks/{task_id}/")  # the connection is open when the gate opens
        gate.wait(60)
        client.post(officer, f"tasks/{task_id}/complete/", {"data": data})

    def _after(self, gate: threading.Barrier, action: Callable[[], Any]) -> Any:
        gate.wait(60)
        return action()
