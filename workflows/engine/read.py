"""BPMN XML to a plain graph. Nothing is executed, resolved or fetched."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
MAX_BYTES = 2_000_000
MAX_NODES = 500

# drawn, but nothing that runs
DECORATION = {
    *("documentation", "extensionElements", "laneSet", "textAnnotation", "association", "group"),
    *("dataObject", "dataObjectReference", "dataStoreReference", "auditing", "monitoring"),
    *("property", "supports", "correlationSubscription", "resourceRole", "performer"),
    *("humanPerformer", "potentialOwner", "ioSpecification", "ioBinding"),
}


class ReadError(Exception):
    """A file that is no BPMN diagram we would read; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str | None


@dataclass
class Node:
    """One flow node. `event` is none, timer, message, terminate or the name of another kind."""

    id: str
    kind: str
    name: str
    xml: etree._Element
    event: str = "none"
    lane: str = ""
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)

    @property
    def properties(self) -> dict[str, str]:
        return properties(self.xml)


@dataclass(frozen=True)
class Lane:
    id: str
    name: str
    properties: dict[str, str]


@dataclass
class Graph:
    """One process of a file."""

    id: str
    name: str
    is_executable: bool
    nodes: dict[str, Node]
    flows: list[Flow]
    lanes: dict[str, Lane]
    messages: dict[str, str]
    strays: list[tuple[str, str]]  # (id, kind) of elements that are neither drawn nor known

    def walk(self) -> list[str]:
        """Node ids from the start on, each after all that leads to it but for loops back."""
        seen: dict[str, bool] = {}  # still open: on the way from the start to here
        order: list[str] = []
        behind: dict[str, list[str]] = {}
        todo = [(n.id, "") for n in self.nodes.values() if n.kind == "startEvent"][::-1]
        while todo:
            here, source = todo.pop()
            if here == source:  # all that follows was met
                seen[here] = False
                continue
            if source and not seen.get(here, False):
                behind.setdefault(here, []).append(source)
            if here not in seen:
                seen[here] = True
                order.append(here)
                todo.append((here, here))
                todo += [(target, here) for target in self._onward(here)[::-1]]
        return sorted(order, key=_ranks(order, behind).__getitem__)

    def _onward(self, here: str) -> list[str]:
        flows = [f.target for f in self.nodes[here].outgoing if f.target in self.nodes]
        return flows + [n.id for n in self.nodes.values() if n.xml.get("attachedToRef") == here]


def _ranks(order: list[str], behind: dict[str, list[str]]) -> dict[str, int]:
    """How many steps lie before each node on the longest way to it; `behind` has no loops."""
    rank: dict[str, int] = {}
    todo = list(order)
    while todo:
        here = todo[-1]
        before = [node for node in behind.get(here, []) if node not in rank]
        if here not in rank and before:
            todo += before
            continue
        todo.pop()
        rank[here] = 1 + max((rank[node] for node in behind.get(here, [])), default=0)
    return rank


def content_hash(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


def read_xml(source: bytes) -> etree._Element:
    """Parse with entities, DTDs and the network off. Raises ReadError."""
    if len(source) > MAX_BYTES:
        raise ReadError("too-large", f"more than {MAX_BYTES} bytes")
    if b"<!DOCTYPE" in source.replace(b"\0", b""):
        raise ReadError("doctype", "a document type declaration is refused")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError("not-xml", str(error)[:200]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ReadError("doctype", "a document type declaration is refused")
    if root.tag != f"{{{BPMN}}}definitions":
        raise ReadError("not-bpmn", "the root is not bpmn:definitions")
    return root


def read_graphs(root: etree._Element) -> list[Graph]:
    """The processes of a file, in its order."""
    messages = {m.get("id", ""): m.get("name", "") for m in _all(root, "message")}
    return [_graph(process, messages) for process in _all(root, "process")]


def properties(xml: etree._Element) -> dict[str, str]:
    """The spiff properties of an element."""
    path = f"{{{BPMN}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property"
    return {p.get("name", ""): p.get("value") or p.text or "" for p in xml.iterfind(path)}


def extensions(xml: etree._Element) -> Iterator[etree._Element]:
    """The extension elements of the spiff namespace."""
    for item in xml.iterfind(f"{{{BPMN}}}extensionElements/*"):
        if etree.QName(item).namespace == SPIFF:
            yield item


def children(xml: etree._Element, kind: str) -> list[etree._Element]:
    return xml.findall(f"{{{BPMN}}}{kind}")


def local(xml: etree._Element) -> str:
    """The tag in the BPMN namespace, or "" for another namespace."""
    name = etree.QName(xml)
    return name.localname if name.namespace == BPMN else ""


def _all(root: etree._Element, kind: str) -> Iterator[etree._Element]:
    return root.iter(f"{{{BPMN}}}{kind}")


def _graph(process: etree._Element, messages: dict[str, str]) -> Graph:
    graph = Graph(
        id=process.get("id", ""),
        name=process.get("name", ""),
        is_executable=process.get("isExecutable", "true") == "true",
        nodes={},
        flows=[],
        lanes={},
        messages=messages,
        strays=[],
    )
    for xml in process:
        kind = local(xml)
        if kind == "sequenceFlow":
            graph.flows.append(_flow(xml))
        elif kind and kind not in DECORATION:
            if not xml.get("id") or xml.get("id") in graph.nodes or not is_node(xml):
                graph.strays.append((xml.get("id", ""), kind))
            else:
                node = Node(xml.get("id", ""), kind, xml.get("name", ""), xml, _event(xml))
                graph.nodes[node.id] = node
    _connect(graph)
    _place_in_lanes(graph, process)
    return graph


def is_node(xml: etree._Element) -> bool:
    kind = local(xml).lower()
    return kind.endswith(("task", "event", "gateway", "process", "activity", "transaction"))


def _flow(xml: etree._Element) -> Flow:
    condition = xml.find(f"{{{BPMN}}}conditionExpression")
    text = None if condition is None else "".join(map(str, condition.itertext())).strip()
    return Flow(xml.get("id", ""), xml.get("sourceRef", ""), xml.get("targetRef", ""), text)


def _event(xml: etree._Element) -> str:
    kinds = [local(item) for item in xml if local(item).endswith("EventDefinition")]
    kinds += ["other" for _ in children(xml, "eventDefinitionRef")]
    if not kinds:
        return "message" if local(xml) == "receiveTask" else "none"
    return kinds[0].removesuffix("EventDefinition") if len(kinds) == 1 else "several"


def _connect(graph: Graph) -> None:
    for flow in graph.flows:
        if flow.source in graph.nodes and flow.target in graph.nodes:
            graph.nodes[flow.source].outgoing.append(flow)
            graph.nodes[flow.target].incoming.append(flow)


def _place_in_lanes(graph: Graph, process: etree._Element) -> None:
    for lane in _all(process, "lane"):
        lane_id = lane.get("id", "")
        graph.lanes[lane_id] = Lane(lane_id, lane.get("name", ""), properties(lane))
        for ref in children(lane, "flowNodeRef"):
            node = graph.nodes.get((ref.text or "").strip())
            if node:  # an inner lane comes later and wins
                node.lane = lane_id
