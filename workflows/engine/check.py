"""What of a graph would run, and what stands in the way, element by element."""

import re
from collections.abc import Iterator

from lxml import etree

from workflows.engine import scripts
from workflows.engine.read import MAX_NODES, Graph, Lane, Node, children, extensions, is_node, local
from workflows.errors import Problem

EVENTS = {
    "startEvent": {"none"},
    "endEvent": {"none", "terminate"},
    "intermediateCatchEvent": {"timer", "message"},
    "boundaryEvent": {"timer", "message"},
    "receiveTask": {"message"},
}
PLAIN = {
    *("userTask", "serviceTask", "scriptTask", "businessRuleTask"),
    *("exclusiveGateway", "parallelGateway"),
}
GATEWAYS = {"exclusiveGateway", "parallelGateway", "eventBasedGateway"}
WAITS = {"userTask", "intermediateCatchEvent", "receiveTask"}
EXTENSIONS = {
    *("properties", "serviceTaskOperator", "calledDecisionId"),
    *("messageVariable", "instructionsForEndUser"),
}
RESERVED = {"Start", "End", "Root"}
_ROLE = re.compile(r"([a-z][a-z_]*)(?:@([a-z][a-z_]*))?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+")
_LIMIT = re.compile(r"\d{1,4}(h|d|wd)")
_DURATION = re.compile(r"P(\d+[YMWD])*(T(\d+[HMS])+)?")


def check_graph(graph: Graph) -> list[Problem]:
    """Everything that keeps a process from running, sorted by element."""
    if len(graph.nodes) > MAX_NODES:
        return [Problem(graph.id, "too-large", f"more than {MAX_NODES} elements")]
    found = list(_check_process(graph))
    for node in graph.nodes.values():
        found += [Problem(node.id, code, text) for code, text in _check_node(graph, node)]
        found += [
            Problem(inner.get("id", ""), "unsupported", f"lies inside {node.kind} {node.id}")
            for inner in node.xml.iterdescendants()
            if is_node(inner)
        ]
    found += _endless_loops(graph)
    return sorted(set(found), key=lambda p: (p.element, p.code))


def lane_role(lane: Lane | None) -> tuple[str, str]:
    """(role, organisation) of a lane: from its properties, or a name like role@organisation."""
    if lane is None:
        return "", ""
    if lane.properties.get("role"):
        return lane.properties["role"], lane.properties.get("organisation", "")
    found = _ROLE.fullmatch(lane.name.strip())
    return (found[1], found[2] or "") if found else ("", "")


def operator_of(node: Node) -> tuple[str, dict[str, str]]:
    """The operator that a service task calls and its parameters as expressions."""
    for item in extensions(node.xml):
        if etree.QName(item).localname == "serviceTaskOperator":
            names = {
                p.get("id", ""): literal(p.get("value", ""))
                for p in item.iter("{*}parameter")
                if p.get("id")
            }
            return item.get("id", ""), names
    return "", {}


def decision_of(node: Node) -> tuple[str, dict[str, str]]:
    """The decision that a business rule task asks, and which variable gets which of its outputs."""
    called = [
        (item.text or "").strip()
        for item in extensions(node.xml)
        if etree.QName(item).localname == "calledDecisionId"
    ]
    return (called[0] if called else ""), node.properties


def literal(text: str) -> str:
    """A dotted word such as `means.verified` stands for itself; the rest is an expression."""
    return repr(text.strip()) if _WORD.fullmatch(text.strip()) else text.strip()


def script_of(node: Node) -> str:
    return "\n".join(item.text or "" for item in children(node.xml, "script")).strip()


def message_of(graph: Graph, node: Node) -> str:
    """The name of the message that an event or receive task waits for."""
    holders = [node.xml, *children(node.xml, "messageEventDefinition")]
    refs = [holder.get("messageRef", "") for holder in holders]
    return next((graph.messages.get(ref, "") for ref in refs if ref), "")


def limit_of(node: Node) -> tuple[str, str]:
    """(limit in our words, ISO 8601 duration) of a timer; either may be empty."""
    texts = [
        (item.text or "").strip().strip("\"'")
        for definition in children(node.xml, "timerEventDefinition")
        for item in children(definition, "timeDuration")
    ]
    return node.properties.get("limit", "").strip(), texts[0] if texts else ""


def reads(graph: Graph) -> set[str]:
    """The variables that a sound process reads or sets: conditions, scripts, parameters, rules."""
    names: set[str] = set()
    for flow in graph.flows:
        if flow.condition:
            names |= scripts.check_expression(flow.condition)
    for node in graph.nodes.values():
        if node.kind == "scriptTask":
            names = names.union(*scripts.check_script(script_of(node)))
        if node.kind == "businessRuleTask":
            names |= decision_of(node)[1].keys()
        for text in operator_of(node)[1].values():
            names |= scripts.check_expression(text)
    return names


def _check_process(graph: Graph) -> Iterator[Problem]:
    starts = [n for n in graph.nodes.values() if n.kind == "startEvent"]
    if not graph.is_executable:
        yield Problem(graph.id, "not-executable", "isExecutable is false")
    if len(starts) != 1:
        yield Problem(graph.id, "start", f"one start event is needed, not {len(starts)}")
    if not any(n.kind == "endEvent" for n in graph.nodes.values()):
        yield Problem(graph.id, "end", "an end event is needed")
    for element, kind in graph.strays:
        yield Problem(element, "unsupported", f"{kind} is not supported, or its id is not unique")
    yield from _check_connections(graph, has_start=bool(starts))


def _check_connections(graph: Graph, *, has_start: bool) -> Iterator[Problem]:
    for flow in graph.flows:
        if flow.source not in graph.nodes or flow.target not in graph.nodes:
            yield Problem(flow.id, "dangling-flow", "a sequence flow must join two elements")
    reached = set(graph.walk())
    for node in graph.nodes.values():
        if node.id not in reached and has_start:
            yield Problem(node.id, "unreachable", "no flow leads here from the start")


def _check_node(graph: Graph, node: Node) -> Iterator[tuple[str, str]]:
    if node.kind not in PLAIN | EVENTS.keys() | GATEWAYS:
        yield "unsupported", f"{node.kind} is not supported"
        return
    if node.kind in EVENTS and node.event not in EVENTS[node.kind]:
        yield "unsupported-event", f"{node.kind} with a {node.event} event is not supported"
    if node.id in RESERVED:
        yield "reserved-id", "Start, End and Root are reserved ids"
    yield from _check_extras(node)
    yield from _check_flows(node)
    if node.kind == "userTask" and not lane_role(graph.lanes.get(node.lane))[0]:
        yield "no-role", "the lane of a user task names no role"
    yield from _check_event(graph, node)
    yield from _check_scripts(node)


def _check_event(graph: Graph, node: Node) -> Iterator[tuple[str, str]]:
    if node.event == "message" and not message_of(graph, node):
        yield "no-message", "the message has no name"
    if node.event == "timer":
        yield from _check_timer(node)
    if node.kind == "boundaryEvent":
        host = graph.nodes.get(node.xml.get("attachedToRef", ""))
        if not host or host.kind != "userTask":
            yield "unsupported-event", "boundary events are supported on user tasks only"


def _check_extras(node: Node) -> Iterator[tuple[str, str]]:
    for item in node.xml:
        kind = local(item)
        if kind.endswith("LoopCharacteristics"):
            yield "unsupported-loop", f"{kind} is not supported"
        if kind in {"dataInputAssociation", "dataOutputAssociation"}:
            yield "unsupported-data", "data associations are not supported"
    for item in extensions(node.xml):
        name = etree.QName(item).localname
        if name not in EXTENSIONS:
            yield "unsupported-extension", f"{name} is not supported"


def _check_flows(node: Node) -> Iterator[tuple[str, str]]:
    if node.kind != "endEvent" and not node.outgoing:
        yield "dead-end", "no sequence flow leaves this element"
    if node.kind == "endEvent" and node.outgoing:
        yield "dead-end", "a sequence flow leaves an end event"
    if len(node.outgoing) > 1 and node.kind not in GATEWAYS:
        yield "many-outgoing", "several flows leave an element that is no gateway"
    chooses = node.kind == "exclusiveGateway"
    for flow in node.outgoing:
        if flow.condition and not chooses:
            yield "unsupported-condition", f"{flow.id}: conditions belong to exclusive gateways"
        needs_one = chooses and len(node.outgoing) > 1 and flow.id != node.xml.get("default")
        if needs_one and not flow.condition:
            yield "missing-condition", f"{flow.id} has no condition and is not the default"


def _check_timer(node: Node) -> Iterator[tuple[str, str]]:
    limit, duration = limit_of(node)
    if limit and not _LIMIT.fullmatch(limit):
        yield "bad-limit", "a limit is written 24h, 7d or 15wd"
    elif not limit and not (len(duration) > 1 and _DURATION.fullmatch(duration)):
        yield "no-limit", "a timer needs the property limit, or a timeDuration such as P7D"


def _check_scripts(node: Node) -> Iterator[tuple[str, str]]:
    for flow in node.outgoing:
        if flow.condition:
            yield from _try(scripts.check_expression, flow.condition, f"{flow.id}: ")
    if node.kind == "scriptTask":
        yield from _try(scripts.check_script, script_of(node), "")
    if node.kind == "serviceTask":
        name, parameters = operator_of(node)
        if not name:
            yield "no-operator", "a service task names its operator"
        for key, text in parameters.items():
            yield from _try(scripts.check_expression, text, f"{key}: ")
    if node.kind == "businessRuleTask":
        yield from _check_decision(node)


def _check_decision(node: Node) -> Iterator[tuple[str, str]]:
    name, outputs = decision_of(node)
    if not name:
        yield "no-decision", "a business rule task names its decision"
    if not outputs:
        yield "no-output", "no property says which variable gets which output"
    for variable in outputs:
        yield from _try(scripts.check_name, variable, f"{variable}: ")


def _try(check: object, text: str, where: str) -> Iterator[tuple[str, str]]:
    try:
        check(text)  # type: ignore[operator]
    except scripts.ScriptError as error:
        yield "unsafe-expression", f"{where}{error}"


def _endless_loops(graph: Graph) -> Iterator[Problem]:
    """Cycles on which nothing waits: the engine would never come to rest."""
    onwards = {
        n.id: {f.target for f in n.outgoing if graph.nodes[f.target].kind not in WAITS}
        for n in graph.nodes.values()
        if n.kind not in WAITS
    }
    while True:  # peel off what leads nowhere; what stays leads into a cycle
        ends = {key for key, targets in onwards.items() if not targets & onwards.keys()}
        if not ends:
            break
        onwards = {key: targets for key, targets in onwards.items() if key not in ends}
    entered = set().union(*onwards.values()) if onwards else set()
    for element in sorted(onwards.keys() & entered):
        yield Problem(element, "endless-loop", "a loop on which nothing waits")
