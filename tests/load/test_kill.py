"""kill -9 while robots play: everything continues, and the sums agree.

LIANBAN_LOAD_KILLS says how often (6).
"""

import json
import os
import random
import signal
import time

import pytest

from tests.load.town import Town

KILLS = int(os.environ.get("LIANBAN_LOAD_KILLS", "6"))
VICTIMS = ["web process", "web", "worker", "database"]
pytestmark = pytest.mark.slow


def test_play_goes_on_through_kills_of_everything(town: Town) -> None:
    rng = random.Random(KILLS)
    playing = town.command("play", "--cases", str(KILLS + 4), "--seed", "5", "--json")

    killed = []
    while playing.poll() is None and len(killed) < KILLS:
        time.sleep(rng.uniform(1, 5))
        killed.append(VICTIMS[len(killed) % len(VICTIMS)])
        town.kill(killed[-1])
    output, errors = playing.communicate(timeout=600)

    score = json.loads(output)
    assert (score["errors"], score["closed"]) == (0, KILLS + 4), errors
    town.wait_for_jobs()
    assert town.books() == []


def test_after_a_kill_of_the_whole_house_make_up_goes_on(town: Town) -> None:
    playing = town.command("play", "--cases", "4", "--seed", "6", "--json")
    time.sleep(8)

    for victim in ("database", "web", "worker"):
        town.kill(victim)
    assert town.process is not None
    town.process.send_signal(signal.SIGKILL)
    town.process.wait()
    town.close()
    time.sleep(1)
    town.start()
    output, errors = playing.communicate(timeout=600)

    score = json.loads(output)
    assert (score["errors"], score["closed"]) == (0, 4), errors
    town.wait_for_jobs()
    assert town.books() == []
