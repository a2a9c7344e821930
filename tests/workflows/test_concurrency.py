"""Two at once, on real connections: one wins, the other is told."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from common import clock
from common.errors import ConflictError
from tests.workflows.drawing import draw
from workflows import steps, timers
from workflows.errors import EngineStepError
from workflows.models import Incident, Timer, WorkItem

pytestmark = pytest.mark.django_db(transaction=True)


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Run actions at the same moment, each on its own connection; results or exceptions."""
    results: list[Any] = [None] * len(actions)
    barrier = threading.Barrier(len(actions))

    def work(index: int) -> None:
        try:
            barrier.wait()
            results[index] = actions[index]()
        except Exception as error:  # noqa: BLE001
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_two_completions_of_one_item(run):
    flow = run(draw("p", "start > a > b > end"))
    item_id = flow.item("a").pk

    def complete():
        with transaction.atomic():
            return steps.advance(steps.lock_work_item(item_id), actor=flow.user, answers={})

    results = together(*[complete] * 4)

    lost = [r for r in results if isinstance(r, ConflictError)]
    assert len(lost) == 3
    assert {e.code for e in lost} == {"already-done"}
    assert WorkItem.objects.filter(step="b").count() == 1
    assert flow.sound()


def test_parallel_branches_completed_at_once_join_once(run):
    branches = "\n".join(f"split > step{i} > join" for i in range(6))
    flow = run(draw("p", f"start > split\n{branches}\njoin > last > end"))
    ids = [flow.item(f"step{i}").pk for i in range(6)]

    def complete(item_id):
        with transaction.atomic():
            steps.advance(steps.lock_work_item(item_id), actor=flow.user, answers={})

    results = together(*[lambda pk=pk: complete(pk) for pk in ids])

    assert results == [None] * 6
    assert flow.open() == ["last"]
    assert flow.sound()


def test_a_timer_that_several_workers_see_fires_once(run):
    flows = [run(draw("p", "start > timer_a > after > end")) for _ in range(5)]
    Timer.objects.update(due_at=clock.now() - timedelta(seconds=1))

    counts = together(*[timers.fire_due] * 3)
    counts.append(timers.fire_due())  # what was skipped because another held it

    assert sum(counts) == 5
    assert [flow.open() for flow in flows] == [["after"]] * 5
    assert WorkItem.objects.count() == 5
    assert all(flow.sound() for flow in flows)


def test_a_worker_does_not_wait_for_an_instance_that_is_held(run):
    flow = run(draw("p", "start > timer_a > after > end"))
    timer_id = Timer.objects.get().pk
    held, release = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            steps.deliver_message(instance_id=flow.instance.pk, message="none", payload={})
            held.set()
            release.wait(10)

    def fire():
        held.wait(10)
        try:
            with transaction.atomic():
                return steps.fire_timer(timer_id)
        finally:
            release.set()

    assert together(hold, fire) == [None, None]
    assert flow.fire("timer_a")


def test_a_completion_and_a_timer_at_once(run):
    flow = run(draw("p", "start > split\nsplit > a > join\nsplit > timer_a > join\njoin > end"))
    item_id, timer_id = flow.item("a").pk, Timer.objects.get().pk

    def complete():
        with transaction.atomic():
            steps.advance(steps.lock_work_item(item_id), actor=flow.user, answers={})

    def fire():
        with transaction.atomic():
            steps.fire_timer(timer_id, skip_locked=False)

    assert together(complete, fire) == [None, None]
    assert flow.status == "done"


def test_only_what_is_due_fires(run):
    flow = run(draw("p", "start > timer_a > end"))

    assert timers.fire_due() == 0
    assert flow.waits() == ["timer_a"]


def test_a_timer_that_fails_rests_and_harms_no_other(run):
    bad = run(draw("bad", "start > timer_a > call_fail > end"))
    good = run(draw("good", "start > timer_a > end"))
    Timer.objects.update(due_at=clock.now() - timedelta(seconds=1))

    assert timers.fire_due() == 1
    assert timers.fire_due() == 0  # it is left alone for a while

    assert good.status == "done"
    assert bad.waits() == ["timer_a"]
    incident = Incident.objects.get()
    assert (incident.element, incident.retry["action"]) == ("call_fail", "timer")


def test_an_owner_that_fails_holds_up_no_other_timer(run, owner, monkeypatch):
    for _number in range(3):
        run(draw("p", "start > timer_a > after > end"))
    Timer.objects.update(due_at=clock.now() - timedelta(seconds=1))
    chosen = Timer.objects.order_by("pk").first().instance_id

    def after_step(result):
        if result.instance.pk == chosen:
            raise KeyError("owner")

    monkeypatch.setattr(owner, "after_step", after_step)

    assert timers.fire_due() == 2
    assert Incident.objects.get().instance_id == chosen
    assert Timer.objects.get(fired_at=None).instance_id == chosen


def test_the_engine_never_reads_the_machine_clock(run):
    """A timer long past fires only when told: a statutory clock counts our days."""
    flow = run(draw("p", "start > a > timer_a > end"))
    Timer.objects.update(due_at=clock.now() - timedelta(days=99))

    flow.do("a")

    assert flow.waits() == ["timer_a"]


def test_a_timer_fired_twice_is_fired_once(run):
    flow = run(draw("p", "start > timer_a > end"))
    timer_id = Timer.objects.get().pk
    flow.fire("timer_a")

    with transaction.atomic():
        assert steps.fire_timer(timer_id) is None
    assert Timer.objects.get().fired_at is not None
    assert not isinstance(flow.status, EngineStepError)
