"""What is drawn: nodes in lanes, edges between them. Coordinates are pixels, y grows downwards."""

import math
from dataclasses import dataclass, field

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
TASKS = {
    "task",
    "userTask",
    "manualTask",
    "serviceTask",
    "scriptTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent"}
GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}
SIZES = {"task": (110, 80), "event": (36, 36), "gateway": (50, 50), "note": (220, 62)}
UNDRAWN = {"subProcess", "transaction", "adHocSubProcess", "boundaryEvent", "complexGateway"}
LABEL_FONT = 11  # what bpmn.io draws labels with
LABEL_WIDTH = 90  # where bpmn.io breaks their lines
LABEL_LINE = 14

Point = tuple[int, int]


class LayoutError(ValueError):
    """The file holds something this layout cannot draw."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its edges."""

    left: int
    top: int
    right: int
    bottom: int

    def grown(self, by: int) -> "Box":
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass
class Node:
    """A flow node or a text annotation; x and y are its middle."""

    id: str
    kind: str
    name: str
    lane: int
    rank: int = 0
    row: int = 0
    x: int = 0
    y: int = 0
    label: Box | None = None
    is_exclusive: bool = False
    is_parallel: bool = False

    @property
    def width(self) -> int:
        return SIZES[self.kind][0]

    @property
    def height(self) -> int:
        return SIZES[self.kind][1]

    @property
    def box(self) -> Box:
        half_w, half_h = self.width // 2, self.height // 2
        return Box(self.x - half_w, self.y - half_h, self.x + half_w, self.y + half_h)

    @property
    def has_label(self) -> bool:
        return bool(self.name) and self.kind in {"event", "gateway"}


@dataclass
class Edge:
    """A sequence flow, or the dotted line to an annotation."""

    id: str
    source: Node
    target: Node
    name: str = ""
    is_note: bool = False
    is_back: bool = False
    is_default: bool = False
    points: list[Point] = field(default_factory=list)
    label: Box | None = None


@dataclass
class Lane:
    id: str
    name: str
    box: Box = Box(0, 0, 0, 0)


@dataclass
class Diagram:
    plane_id: str
    pool_id: str
    nodes: dict[str, Node]
    edges: list[Edge]
    lanes: list[Lane]
    row_y: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)
    columns: list[tuple[int, int, int]] = field(default_factory=list)
    pool: Box = Box(0, 0, 0, 0)


def text_size(text: str) -> tuple[int, int]:
    """Width and height of a label: wide characters take a full square."""
    width = sum(LABEL_FONT if ord(c) > 0x2E7F else LABEL_FONT * 0.6 for c in text)
    lines = max(1, math.ceil(width / LABEL_WIDTH))
    return min(math.ceil(width) + 2, LABEL_WIDTH), lines * LABEL_LINE


def tag(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def read(source: bytes) -> tuple[etree._Element, Diagram]:
    """Parse without entities and collect what is to be drawn."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise LayoutError(f"not well-formed XML: {error}") from error
    process = root.find(f"{{{BPMN}}}process")
    if process is None:
        raise LayoutError("no process in this file")
    pool = next(
        (
            p
            for p in root.iter(f"{{{BPMN}}}participant")
            if p.get("processRef") == process.get("id")
        ),
        None,
    )
    collaboration = pool.getparent() if pool is not None else None
    plane = collaboration if collaboration is not None else process
    lanes, lane_of = _lanes(process)
    nodes = _nodes(process, lane_of)
    return root, Diagram(
        plane_id=plane.get("id", ""),
        pool_id=pool.get("id", "") if pool is not None else "",
        nodes=nodes,
        edges=_edges(process, nodes),
        lanes=lanes,
    )


def _lanes(process: etree._Element) -> tuple[list[Lane], dict[str, int]]:
    found = list(process.iter(f"{{{BPMN}}}lane"))
    lane_of = {
        (ref.text or "").strip(): index
        for index, lane in enumerate(found)
        for ref in lane.findall(f"{{{BPMN}}}flowNodeRef")
    }
    return [Lane(lane.get("id", ""), lane.get("name", "")) for lane in found], lane_of


def _nodes(process: etree._Element, lane_of: dict[str, int]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for element in process:
        name, node_id = tag(element), element.get("id", "")
        if name in UNDRAWN:
            raise LayoutError(f"{node_id}: {name} is not drawn by this layout")
        kind = "task" if name in TASKS else "event" if name in EVENTS else ""
        kind = "gateway" if name in GATEWAYS else kind
        if kind:
            nodes[node_id] = Node(node_id, kind, element.get("name", ""), lane_of.get(node_id, 0))
            nodes[node_id].is_exclusive = name == "exclusiveGateway"
            nodes[node_id].is_parallel = name == "parallelGateway"
    for link in process.findall(f"{{{BPMN}}}association"):
        at, note = nodes.get(link.get("sourceRef", "")), link.get("targetRef", "")
        if at is not None:
            nodes[note] = Node(note, "note", "", at.lane)
    return nodes


def _edges(process: etree._Element, nodes: dict[str, Node]) -> list[Edge]:
    edges = []
    defaults = {element.get("default") for element in process}
    for name in ("sequenceFlow", "association"):
        for flow in process.findall(f"{{{BPMN}}}{name}"):
            flow_id = flow.get("id", "")
            source = nodes.get(flow.get("sourceRef", ""))
            target = nodes.get(flow.get("targetRef", ""))
            if source is None or target is None:
                raise LayoutError(f"{flow_id}: an end of this edge is missing")
            is_note = name == "association"
            edges.append(Edge(flow_id, source, target, flow.get("name", ""), is_note))
            edges[-1].is_default = flow_id in defaults
    return edges
