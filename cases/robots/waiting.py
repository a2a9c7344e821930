"""When robots have nothing to do: wait for jobs, then move the date."""

import time

from cases.robots import world

PATIENCE = 180.0  # seconds without any change before the robots call it a standstill
PAUSE = 0.1


class Quiet:
    """Decides after each round of the robots whether to go on at once, wait, or move the date."""

    def __init__(self) -> None:
        self.calm = False  # the last round came after all jobs were done
        self.since = time.monotonic()
        self.reason = ""

    def after_round(self, moved: bool, case_ids: list[int]) -> bool:
        """Whether there is any use in another round."""
        if moved:
            self.calm, self.since = False, time.monotonic()
            return True
        jobs = world.persist(world.jobs_under_way)
        if jobs:
            self.calm = False
            self.reason = f"{jobs} jobs are not done"
            time.sleep(PAUSE)
            return time.monotonic() - self.since < PATIENCE
        if not self.calm:  # jobs may have made tasks after the round looked
            self.calm = True
            return True
        return self._move(case_ids)

    def _move(self, case_ids: list[int]) -> bool:
        due = world.persist(lambda: world.next_due(case_ids))
        if due is None:
            self.reason = "no task, no job, no date"
            return False
        world.persist(lambda: world.move_to(due))
        self.calm, self.since = False, time.monotonic()
        return True
