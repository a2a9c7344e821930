"""The diagram section of the file."""

from lxml import etree

from .model import Box, Diagram, Edge, Node

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"


def write(root: etree._Element, diagram: Diagram) -> bytes:
    """Replace every diagram of the file by this one."""
    for old in root.findall(f"{{{DI}}}BPMNDiagram"):
        root.remove(old)
    spaces = {"bpmndi": DI, "dc": DC, "di": DD}
    drawing = etree.SubElement(root, f"{{{DI}}}BPMNDiagram", id="diagram", nsmap=spaces)
    plane = etree.SubElement(
        drawing, f"{{{DI}}}BPMNPlane", id="plane", bpmnElement=diagram.plane_id
    )
    if diagram.pool_id:
        _shape(plane, diagram.pool_id, diagram.pool, isHorizontal="true")
    for lane in diagram.lanes:
        _shape(plane, lane.id, lane.box, isHorizontal="true")
    for node in diagram.nodes.values():
        _node(plane, node)
    for edge in diagram.edges:
        _edge(plane, edge)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["spiffworkflow", "xsi", "di", "dc", "bpmndi"])
    etree.indent(root)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return text + b"\n"


def _node(plane: etree._Element, node: Node) -> None:
    marks = {"isMarkerVisible": "true"} if node.is_exclusive else {}
    shape = _shape(plane, node.id, node.box, **marks)
    if node.label is not None:
        _label(shape, node.label)


def _edge(plane: etree._Element, edge: Edge) -> None:
    line = etree.SubElement(plane, f"{{{DI}}}BPMNEdge", id=f"{edge.id}_di", bpmnElement=edge.id)
    for x, y in edge.points:
        etree.SubElement(line, f"{{{DD}}}waypoint", x=str(x), y=str(y))
    if edge.label is not None:
        _label(line, edge.label)


def _shape(plane: etree._Element, element: str, box: Box, **marks: str) -> etree._Element:
    shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", id=f"{element}_di", bpmnElement=element)
    for key, value in marks.items():
        shape.set(key, value)
    _bounds(shape, box)
    return shape


def _label(parent: etree._Element, box: Box) -> None:
    _bounds(etree.SubElement(parent, f"{{{DI}}}BPMNLabel"), box)


def _bounds(parent: etree._Element, box: Box) -> None:
    etree.SubElement(
        parent,
        f"{{{DC}}}Bounds",
        x=str(box.left),
        y=str(box.top),
        width=str(box.right - box.left),
        height=str(box.bottom - box.top),
    )
