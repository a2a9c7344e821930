"""Every diagram can be read: nothing overlaps, every label has its place, edges hold to shapes."""

from pathlib import Path

import pytest
from django.core.management import call_command

from workflows.layout import LayoutError, layout

from .packages import BPMN, Box, Point, drawing, kind, meets, packages

PACKAGES = pytest.mark.parametrize("package", packages(), ids=lambda p: p.code)


def line(a: Point, b: Point) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def on_edge(point: Point, box: Box) -> bool:
    (x, y), (left, top, right, bottom) = point, box
    sides = (x in {left, right} and top <= y <= bottom, y in {top, bottom} and left <= x <= right)
    return any(sides)


def crosses(a: Point, b: Point, box: Box) -> bool:
    left, top, right, bottom = line(a, b)
    return left < box[2] and box[0] < right + 0.1 and top < box[3] and box[1] < bottom + 0.1


@PACKAGES
def test_everything_is_drawn_once_and_inside_its_lane(package):
    found = drawing(package.root)
    lanes = {lane.attrib["id"]: lane for lane in package.process.iter(f"{BPMN}lane")}

    assert found.shapes.keys() >= package.nodes.keys() | lanes.keys()
    assert found.edges.keys() >= {flow.get("id") for flow in package.flows}
    for key, lane in lanes.items():
        left, top, right, bottom = found.shapes[key]
        for ref in lane.findall(f"{BPMN}flowNodeRef"):
            box = found.shapes[ref.text]
            assert left < box[0]
            assert box[2] < right
            assert top < box[1]
            assert box[3] < bottom


@PACKAGES
def test_no_shape_or_label_overlaps_another(package):
    found = drawing(package.root)
    notes = [n.attrib["id"] for n in package.process.iter(f"{BPMN}textAnnotation")]
    boxes = [(key, found.shapes[key]) for key in [*package.nodes, *notes]]
    boxes += [(f"label of {key}", box) for key, box in found.labels.items()]

    for index, (key, box) in enumerate(boxes):
        for other, other_box in boxes[index + 1 :]:
            assert not meets(box, other_box), f"{key} lies on {other}"


@PACKAGES
def test_every_named_event_gateway_and_flow_has_a_label_with_bounds(package):
    found = drawing(package.root)
    named = [*package.flows, *package.nodes.values()]

    for element in named:
        if element.get("name") and not kind(element).endswith("Task"):
            assert element.get("id") in found.labels


@PACKAGES
def test_edges_run_square_and_hold_to_their_shapes(package):
    found = drawing(package.root)

    for flow in package.flows:
        points = found.edges[flow.get("id")]
        assert on_edge(points[0], found.shapes[flow.get("sourceRef")])
        assert on_edge(points[-1], found.shapes[flow.get("targetRef")])
    for key, a, b in found.stretches:
        assert a[0] == b[0] or a[1] == b[1], key
        assert a != b, key


@PACKAGES
def test_no_edge_runs_through_a_shape_or_a_label(package):
    found = drawing(package.root)
    ends = {f.get("id"): {f.get("sourceRef"), f.get("targetRef")} for f in package.flows}

    for key, a, b in found.stretches:
        for shape in package.nodes.keys() - ends.get(key, set()):
            assert not crosses(a, b, found.shapes[shape]), f"{key} runs through {shape}"
        for shape, box in found.labels.items():
            assert not crosses(a, b, box), f"{key} runs through the label of {shape}"


@PACKAGES
def test_edges_share_a_stretch_only_at_a_parallel_gateway(package):
    found = drawing(package.root)
    ends = {f.get("id"): (f.get("sourceRef"), f.get("targetRef")) for f in package.flows}

    for index, (key, a, b) in enumerate(found.stretches):
        for other, c, d in found.stretches[index + 1 :]:
            one, two = line(a, b), line(c, d)
            width = min(one[2], two[2]) - max(one[0], two[0])
            height = min(one[3], two[3]) - max(one[1], two[1])
            if key == other or max(width, height) <= 0 or min(width, height) < 0:
                continue
            common = set(ends[key]) & set(ends[other])
            assert any(kind(package.nodes[n]) == "parallelGateway" for n in common), (key, other)


@PACKAGES
def test_drawing_again_changes_nothing(package):
    assert layout(package.source) == package.source


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(LayoutError, match="not well-formed"):
        layout(b"<bpmn")

    source = f"""<d xmlns="{BPMN[1:-1]}"><process id="p"><subProcess id="inner"/></process></d>"""
    with pytest.raises(LayoutError, match="inner"):
        layout(source.encode())


def test_the_command_draws_a_file_and_refuses_one_that_is_none(tmp_path: Path):
    (first, *_) = packages()
    file, broken = tmp_path / "process.bpmn", tmp_path / "broken.bpmn"
    file.write_bytes(first.source.split(b"<bpmndi:BPMNDiagram")[0] + b"</bpmn:definitions>")
    broken.write_bytes(b"<bpmn")

    call_command("layout_bpmn", str(file))

    assert file.read_bytes() == first.source
    with pytest.raises(SystemExit) as refused:
        call_command("layout_bpmn", str(broken))
    assert refused.value.code == 2
