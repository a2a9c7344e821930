"""Rows follow from state: on any path, and again after they were lost."""

import random
from pathlib import Path

import pytest
from django.db import transaction

from tests.workflows.drawing import draw
from workflows import diagrams, operators, steps
from workflows.models import Instance, Subscription, Timer, WorkItem

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
REAL = sorted(ROOT.glob("bpmn/matters/*/process.bpmn")) + sorted(
    ROOT.glob("bpmn/shared/*/process.bpmn")
)
TANGLE = draw(
    "tangle",
    """
    start > gate0 > a > split
    split > b > call_note > join
    split > split2
    split2 > c > join2
    split2 > timer_t > join2
    join2 > d > join
    split > msg_m > e > join
    join > f > gate
    gate [again] > gate0
    gate [stop] > stop
    gate > end
    """,
)
VALUES = {
    "decision": ["approved", "refused", "transferred"],
    "opinion": ["agree", "disagree"],
    "excluded_by": ["", "min_living"],
    "status": ["none", "min_living"],
}


def values(chance, names):
    return {name: chance.choice(VALUES.get(name, [True, False])) for name in names}


def walk(flow, chance, *, steps_at_most=60, back=0.2):
    """Do what can be done at random until the process ends; True when it did."""
    names = flow.instance.definition.meta["variables"]
    for _round in range(steps_at_most):
        items = list(WorkItem.objects.open().filter(instance_id=flow.instance.pk))
        waits = flow.waits()
        if not items and not waits:
            break
        choice = chance.randrange(len(items) + len(waits))
        if choice >= len(items):
            element = waits[choice - len(items)]
            if Timer.objects.filter(
                instance_id=flow.instance.pk, element=element, fired_at=None
            ).exists():
                flow.fire(element)
            else:
                row = Subscription.objects.get(instance_id=flow.instance.pk, element=element)
                flow.tell(row.message, **values(chance, names))
        else:
            item = items[choice]
            with transaction.atomic():
                item = steps.lock_work_item(item.pk)
                earlier = steps.returnable_steps(item)
                if earlier and chance.random() < back:
                    steps.return_item(item, step=chance.choice(earlier)[0], actor=flow.user)
                else:
                    steps.advance(item, actor=flow.user, answers=values(chance, names))
        assert flow.sound()
    return flow.status == "done"


@pytest.mark.parametrize("seed", range(12))
def test_on_random_paths_rows_are_what_the_state_says(run, seed):
    chance = random.Random(seed)
    flow = run(TANGLE)

    walk(flow, chance)
    while not walk(flow, chance, back=0):  # and from anywhere it comes to an end
        assert Instance.objects.get().step_count < 3000

    assert flow.sound()
    assert not WorkItem.objects.open().exists()


@pytest.mark.parametrize("path", REAL, ids=lambda p: p.parent.name)
def test_every_matter_comes_to_an_end_from_anywhere(run, path, monkeypatch):
    monkeypatch.setitem(operators._registry, "cases.publish_fact", lambda instance, **p: {})
    says = {"result": "unknown", "row": ""}
    monkeypatch.setitem(operators._registry, operators.DECISION, lambda instance, **p: says)
    for seed in range(4):
        chance = random.Random(seed)
        flow = run(path.read_bytes(), urgent=bool(seed % 2), needs_means=True, needs_visit=True)
        walk(flow, chance, steps_at_most=25)
        for _round in range(20):
            if walk(flow, chance, back=0):
                break
        assert flow.status == "done"
        ended = next(r.ended for r in reversed(flow.owner.results) if r.ended)
        assert ended.element in flow.instance.definition.meta["ends"]


def test_lost_rows_come_back(run):
    flow = run(TANGLE)
    flow.do("a")
    before = (flow.open(), flow.waits())
    WorkItem.objects.filter(step="b").delete()
    Timer.objects.all().delete()
    Subscription.objects.create(
        instance=flow.instance,
        task_id=flow.instance.items.first().task_id,
        element="x",
        message="x",
    )
    assert {row["kind"] for row in steps.projection_differences()} == {
        "items",
        "timers",
        "messages",
    }

    with transaction.atomic():
        assert steps.rebuild_projections([flow.instance.pk]) > 0

    assert (flow.open(), flow.waits()) == before
    assert flow.sound()
    with transaction.atomic():
        assert steps.rebuild_projections([flow.instance.pk]) == 0


def test_surplus_rows_of_a_closed_instance_are_found(run):
    flow = run(draw("p", "start > a > end"))
    flow.do("a")
    WorkItem.objects.update(status="ready")

    found = steps.projection_differences()

    assert found == [
        {"instance": flow.instance.pk, "kind": "items", "missing": [], "surplus": ["a"]}
    ]


def test_the_drawing_says_how_far_it_is(run):
    flow = run(TANGLE)
    flow.do("a")
    flow.do("b")
    instance = Instance.objects.get()

    states = diagrams.elements(instance)

    assert states["a"] == states["b"] == states["call_note"] == "done"
    assert states["c"] == "active"
    assert states["timer_t"] == states["msg_m"] == states["join"] == "waiting"
    assert not {"e", "f"} & states.keys()
    text = diagrams.text(instance, states)
    assert text[0].startswith("1. a（浮云街道）：已完成，张三")
    assert any("等待：timer_t：等待中" in line for line in text)
    assert diagrams.xml(instance).startswith("<?xml")


def test_the_drawing_shows_a_failure(run):
    flow = run(draw("p", "start > a > call_fail > end"))
    Instance.objects.update(has_incident=True)
    flow.instance.incidents.create(
        element="call_fail", kind="step", message="x", opened_at=flow.instance.created_at
    )

    assert diagrams.elements(Instance.objects.get())["call_fail"] == "failed"
