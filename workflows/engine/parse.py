"""A sound diagram to a SpiffWorkflow specification, kept in memory by content hash.

Specifications are built from our own graph, not by SpiffWorkflow's parser: a diagram can only
become what `check` has understood, and no error path of another parser is met (its own dies with
a TypeError on a bad event definition).
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition

from workflows.engine import check, specs
from workflows.engine.read import Graph, Node, ReadError, content_hash, read_graphs, read_xml
from workflows.errors import DefinitionError, Problem

MAX_CACHED = 200
_cache: "OrderedDict[str, Compiled]" = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Compiled:
    """A specification ready to run; shared by all processes of one content, never changed."""

    key: str
    spec: Any
    meta: dict[str, Any]


@dataclass(frozen=True)
class Report:
    """What a file holds: its executable graph, if sound, and every problem."""

    graphs: list[Graph]
    problems: list[Problem]


def inspect(source: bytes) -> Report:
    """Read a file and list its problems. Raises nothing."""
    try:
        graphs = read_graphs(read_xml(source))
        found = [problem for graph in graphs for problem in check.check_graph(graph)]
    except ReadError as error:
        return Report([], [Problem("", error.code, str(error))])
    except Exception as error:  # noqa: BLE001 - a stranger's file must never end in a traceback
        return Report([], [Problem("", "unreadable", f"{type(error).__name__}: {error}"[:200])])
    if not graphs:
        found.append(Problem("", "no-process", "the file holds no process"))
    return Report(graphs, found)


def compile_source(source: bytes) -> Compiled:
    """The specification of the one executable process of a file.

    Raises DefinitionError with every problem of that process by element id.
    """
    key = content_hash(source)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    compiled = _compile(key, source)
    with _lock:
        _cache[key] = compiled
        while len(_cache) > MAX_CACHED:
            _cache.popitem(last=False)
    return compiled


def cached(key: str) -> Compiled | None:
    """A specification that this process of the machine has built already."""
    return _cache.get(key)


def _compile(key: str, source: bytes) -> Compiled:
    report = inspect(source)
    graphs = [graph for graph in report.graphs if graph.is_executable]
    if len(graphs) != 1:
        text = f"one executable process is needed, not {len(graphs)}"
        raise DefinitionError(report.problems or [Problem("", "no-process", text)])
    if problems := check.check_graph(graphs[0]):
        raise DefinitionError(problems)
    try:
        return Compiled(key, _build(graphs[0]), describe(graphs[0]))
    except Exception as error:
        text = f"{type(error).__name__}: {error}"[:200]
        raise DefinitionError([Problem(graphs[0].id, "engine", text)]) from error


def describe(graph: Graph) -> dict[str, Any]:
    """What the rest of the room knows of a process, as plain JSON."""
    nodes = graph.nodes.values()
    lanes = {
        lane.id: dict(
            zip(("role", "organisation"), check.lane_role(lane), strict=True),
            name=lane.name,
            properties=lane.properties,
        )
        for lane in graph.lanes.values()
    }
    return {
        "process_id": graph.id,
        "name": graph.name,
        "order": graph.walk(),
        "lanes": lanes,
        "steps": {n.id: _step(graph, n) for n in nodes if n.kind == "userTask"},
        "timers": {n.id: _timer(n) for n in nodes if n.event == "timer"},
        "messages": {n.id: check.message_of(graph, n) for n in nodes if n.event == "message"},
        "ends": {n.id: _end(n) for n in nodes if n.kind == "endEvent"},
        "operators": sorted({check.operator_of(n)[0] for n in nodes if n.kind == "serviceTask"}),
        "decisions": {n.id: _decision(n) for n in nodes if n.kind == "businessRuleTask"},
        "elements": {n.id: {"kind": n.kind, "name": n.name, "lane": n.lane} for n in nodes},
        "variables": sorted(check.reads(graph)),
    }


def _step(graph: Graph, node: Node) -> dict[str, Any]:
    lane = graph.lanes[node.lane]
    role, organisation = check.lane_role(lane)
    return {
        "name": node.name or node.id,
        "lane": lane.name,
        "role": role,
        "organisation": organisation,
        "properties": node.properties,
    }


def _timer(node: Node) -> dict[str, Any]:
    limit, duration = check.limit_of(node)
    return {
        "name": node.name,
        "limit": limit,
        "duration": duration,
        "properties": node.properties,
    }


def _end(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "outcome": node.properties.get("outcome", ""),
        "properties": node.properties,
    }


def _decision(node: Node) -> dict[str, Any]:
    name, outputs = check.decision_of(node)
    return {"decision": name, "outputs": outputs}


def _build(graph: Graph) -> Any:
    spec = BpmnProcessSpec(name=graph.id)
    built = {node.id: _task(graph, node, spec) for node in graph.nodes.values()}
    entry, leave = dict(built), dict(built)
    for node in graph.nodes.values():
        events = [n for n in graph.nodes.values() if n.xml.get("attachedToRef") == node.id]
        if events:
            entry[node.id], leave[node.id] = _with_boundary(spec, built, node, events)
    for node in graph.nodes.values():
        if node.kind == "startEvent":
            spec.start.connect(built[node.id])
        elif node.kind == "endEvent":
            built[node.id].connect(spec.end)
        for flow in node.outgoing:
            _connect(node, leave[node.id], entry[flow.target], flow)
    return spec


def _connect(node: Node, source: Any, target: Any, flow: Any) -> None:
    if node.kind == "exclusiveGateway" and flow.condition and flow.id != node.xml.get("default"):
        source.connect_if(specs.Condition(flow.condition), target)
    else:
        source.connect(target)


def _with_boundary(
    spec: Any, built: dict[str, Any], node: Node, events: list[Node]
) -> tuple[Any, Any]:
    """Wrap a step as SpiffWorkflow does: split, step and events, join; returns (entry, exit)."""
    split = BoundaryEventSplit(spec, f"{node.id}.BoundaryEventSplit")
    join = BoundaryEventJoin(
        spec, f"{node.id}.BoundaryEventJoin", split_task=split.name, cancel=True
    )
    split.connect(built[node.id])
    built[node.id].connect(join)
    for event in events:
        split.connect(built[event.id])
        built[event.id].connect(join)
    return split, built[node.id]


def _task(graph: Graph, node: Node, spec: Any) -> Any:  # noqa: C901, PLR0911 - a table
    match node.kind:
        case "startEvent":
            return StartEvent(spec, node.id, NoneEventDefinition())
        case "endEvent":
            ends = node.event == "terminate"
            kind = TerminateEventDefinition if ends else NoneEventDefinition
            return EndEvent(spec, node.id, kind())
        case "userTask":
            return specs.HumanStep(spec, node.id)
        case "serviceTask":
            name, parameters = check.operator_of(node)
            return specs.Service(spec, node.id, operator=name, parameters=parameters)
        case "businessRuleTask":
            name, outputs = check.decision_of(node)
            return specs.Rule(spec, node.id, decision=name, variables=outputs)
        case "scriptTask":
            return specs.Script(spec, node.id, script=check.script_of(node))
        case "exclusiveGateway":
            return specs.Choice(spec, node.id)
        case "parallelGateway":
            return specs.Join(spec, node.id)
        case "eventBasedGateway":
            return specs.EventGateway(spec, node.id)
        case "boundaryEvent":
            interrupts = node.xml.get("cancelActivity", "true") == "true"
            return specs.Boundary(spec, node.id, _outside(graph, node), interrupts)
    return specs.Catch(spec, node.id, _outside(graph, node))


def _outside(graph: Graph, node: Node) -> specs.Outside:
    name = node.id if node.event == "timer" else check.message_of(graph, node)
    return specs.Outside(node.event, name)
