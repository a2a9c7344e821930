"""Every path of every matter: by the graph, and by the engine with a robot's answers."""

import random
from collections.abc import Iterator

import pytest

from workflows.engine.parse import compile_source
from workflows.engine.run import Process

from .packages import BPMN, SPIFF, Package, fill, kind, matters, packages, properties

PACKAGES = pytest.mark.parametrize("package", packages(), ids=lambda p: p.code)
MATTERS = pytest.mark.parametrize("package", matters(), ids=lambda p: p.code)
OUTCOMES = {"approved", "refused", "not_applicable", "transferred"}
RUNS = 400
AT_ONCE = {"utility_relief": []}  # it follows the status; every other matter begins with work


def ways(package: Package, node: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths to an end, each flow at most twice, so that every loop is gone through once."""
    flows = package.outgoing(node)
    if not flows:
        yield path
    for flow in flows:
        key = flow.get("id")
        if path.count(key) < 2:
            yield from ways(package, flow.get("targetRef"), (*path, key))


@PACKAGES
def test_the_engine_takes_every_diagram(package):
    compiled = compile_source(package.source)

    assert compiled.meta["process_id"] == package.settings["code"]
    assert set(compiled.meta["steps"]) == set(package.steps)


@MATTERS
def test_every_path_ends_with_an_outcome_and_every_flow_is_on_one(package):
    ends = {flow.get("id"): flow.get("targetRef") for flow in package.flows}

    taken: set[str] = set()
    for path in ways(package, "start"):
        taken.update(path)
        assert properties(package.nodes[ends[path[-1]]])["outcome"] in OUTCOMES

    assert taken == set(ends)


@MATTERS
def test_from_everywhere_an_end_can_be_reached(package):
    onwards = {key: {f.get("targetRef") for f in package.outgoing(key)} for key in package.nodes}

    reaching = {key for key, node in package.nodes.items() if kind(node) == "endEvent"}
    while more := {k for k, targets in onwards.items() if targets & reaching} - reaching:
        reaching |= more

    assert reaching == set(package.nodes)


def started(package: Package, result: str) -> Process:
    """A matter's process at its first rest; its table, where it is asked, says `result`."""
    process = Process.start(compile_source(package.source), {})
    process.call = lambda name, parameters: {"result": result, "row": result}
    process.run()
    return process


@MATTERS
def test_work_begins_when_the_case_opens(package):
    process = started(package, "eligible")

    assert bool(process.ready()) == (package.code not in AT_ONCE)


def play(package: Package, dice: random.Random) -> Process:
    """Go through a matter: random answers, facts in random order."""
    process = started(package, dice.choice(["eligible", "refuse", "refer", "unknown"]))
    messages = process.compiled.meta["messages"]
    for _ in range(200):
        if process.is_done:
            return process
        steps, timers = process.ready(), process.waiting("timer")
        waits = process.waiting("message")
        task_id = dice.choice([*steps, *timers, *waits])
        if task_id in steps:
            process.complete(task_id, fill(package.forms[steps[task_id]], dice))
        elif task_id in timers:
            process.fire([task_id], {})
        else:
            process.fire([task_id], fact(package, messages[waits[task_id]], dice))
    raise AssertionError("no end after 200 steps")


def fact(package: Package, message: str, dice: random.Random) -> dict[str, object]:
    if message == "means.verified":
        return {"means_ok": dice.random() < 0.5}
    if message == "visit.done":
        return {"visit_ok": dice.random() < 0.5}
    excluded = package.settings.get("excluded_by", [])
    if "needs_status" in package.settings:
        excluded = ["no_status"]
    status = dice.choice(["none", *package.settings.get("needs_status", ["min_living"])])
    return {"excluded_by": dice.choice(["", "", *excluded]), "status": status}


@MATTERS
def test_a_robot_reaches_every_element_and_every_end(package):
    reached: set[str] = set()
    for seed in range(RUNS):
        process = play(package, random.Random(seed))
        ended = [
            key
            for key in process.fired
            if kind(package.nodes.get(key, package.process)) == "endEvent"
        ]
        assert len(ended) == 1
        assert properties(package.nodes[ended[0]])["outcome"] in OUTCOMES
        assert not process.ready()
        reached.update(process.fired, process.states())

    assert reached >= set(package.nodes)


@MATTERS
def test_the_favourable_answers_lead_to_approval(package):
    process = started(package, "eligible")
    messages = process.compiled.meta["messages"]
    done: list[str] = []
    while not process.is_done:
        for task_id, step in process.ready().items():
            form = package.forms[step]
            answers = fill(form, random.Random(1))
            for key, field in form["properties"].items():
                if key in answers and "enum" in field:
                    answers[key] = field["enum"][0]
                if key in answers and field["type"] == "boolean":
                    answers[key] = True
            process.complete(task_id, answers)
            done.append(step)
        process.fire(list(process.waiting("timer")), {})
        for task_id, element in process.waiting("message").items():
            told = {"excluded_by": "", "status": "min_living", "means_ok": True, "visit_ok": True}
            assert messages[element]
            process.fire([task_id], told)

    assert "end_approved" in process.fired
    assert len(done) <= 8


def intake(*, means: bool, visit: bool) -> tuple[Process, list[str]]:
    (package,) = [p for p in packages() if p.code == "intake"]
    process = Process.start(
        compile_source(package.source), {"needs_means": means, "needs_visit": visit}
    )
    told: list[str] = []
    process.call = lambda name, parameters: told.append(parameters["fact"]) or {}
    process.run()
    return process, told


def test_the_intake_asks_for_what_the_matters_need_and_ends_with_them():
    process, told = intake(means=True, visit=True)

    assert set(process.ready().values()) == {"means_request", "visit"}
    while process.ready():
        for task_id in process.ready():
            process.complete(task_id, {"no_objection": True})
    assert sorted(told) == ["means.verified", "visit.done"]
    assert not process.is_done

    process.fire(list(process.waiting("message")), {})

    assert process.is_done


def test_an_objection_to_the_report_is_explained_and_reported_again():
    process, told = intake(means=True, visit=False)

    for step, answer in [
        ("means_request", True),
        ("means_report", False),
        ("means_explain", True),
        ("means_report", True),
    ]:
        ((task_id, found),) = process.ready().items()
        assert found == step
        process.complete(task_id, {"no_objection": answer})

    assert told == ["means.verified"]


def test_an_intake_that_needs_nothing_waits_for_its_matters_only():
    process, told = intake(means=False, visit=False)

    assert not process.ready()
    assert not told
    process.fire(list(process.waiting("message")), {})
    assert process.is_done


def test_matters_done_ends_what_is_still_open():
    process, _ = intake(means=True, visit=True)

    process.fire(list(process.waiting("message")), {})

    assert process.is_done
    assert not process.ready()


@MATTERS
def test_the_steps_together_keep_the_promise(package):
    """The longest way, each flow once, joint work included, in working days."""
    days = {step: _days(limit) for step, limit in package.settings["steps"].items()}
    joint = {"means_verified": 8, "visit_done": 5}

    def longest(node: str, path: frozenset[str], spent: float) -> float:
        own = max(spent, joint.get(node, 0)) + days.get(node, 0)
        onwards = [f for f in package.outgoing(node) if f.get("id") not in path]
        seen = [
            longest(f.get("targetRef"), path | {f.get("id")}, own)
            for f in onwards
            if f.get("targetRef") not in passed(path, package)
        ]
        return max(seen, default=own)

    assert longest("start", frozenset(), 0) <= _days(package.settings["limit"]["promised"])


def passed(path: frozenset[str], package: Package) -> set[str]:
    return {f.get("sourceRef") for f in package.flows if f.get("id") in path}


def _days(limit: str) -> float:
    return float(limit[:-2]) if limit.endswith("wd") else float(limit[:-1]) / 24


@PACKAGES
def test_service_tasks_publish_a_fact_of_the_case(package):
    for operator in package.process.iter(f"{SPIFF}serviceTaskOperator"):
        (parameter,) = operator.iter(f"{SPIFF}parameter")

        assert operator.get("id") == "cases.publish_fact"
        assert parameter.get("value", "").strip('"') in {"means.verified", "visit.done"}


@pytest.mark.parametrize(
    ("result", "end"),
    [("refuse", "end_not_applicable"), ("eligible", ""), ("refer", ""), ("unknown", "")],
)
@pytest.mark.parametrize("excluded_by", ["", "no_status"])
def test_relief_ends_by_itself_only_where_the_table_refuses(result, end, excluded_by):
    (package,) = [p for p in matters() if p.code == "utility_relief"]
    process = started(package, result)

    told = {"excluded_by": excluded_by, "status": "min_living"}
    process.fire(list(process.waiting("message")), told)

    ended = "end_not_applicable" if excluded_by else end
    assert [key for key in process.fired if key.startswith("end")] == ([ended] if ended else [])
    assert len(process.ready()) == (0 if ended else 4)


@PACKAGES
def test_nothing_in_a_process_is_a_script(package):
    assert not list(package.process.iter(f"{BPMN}scriptTask"))
