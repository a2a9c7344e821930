"""Where labels stand: the first of a few places that is free of shapes, edges and other labels."""

from collections.abc import Iterator
from itertools import pairwise

from .model import Box, Diagram, Edge, Node, Point, text_size
from .route import label_room

GAP = 3


def place_labels(diagram: Diagram) -> None:
    """Give every named event, gateway and flow the bounds of its label."""
    taken: list[Box] = [node.box for node in diagram.nodes.values()]
    lines = [_line(a, b) for edge in diagram.edges for a, b in pairwise(edge.points)]
    borders = [
        Box(lane.box.left, lane.box.bottom, lane.box.right, lane.box.bottom + 1)
        for lane in diagram.lanes
    ]
    for node in diagram.nodes.values():
        if node.has_label:
            node.label = _choose(list(_around(node)), taken, lines, borders)
            taken.append(node.label)
    for edge in diagram.edges:
        if edge.name:
            edge.label = _choose(list(_along(edge)), taken, lines, borders)
            taken.append(edge.label)


def _line(one: Point, other: Point) -> Box:
    return Box(
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[0], other[0]) + 1,
        max(one[1], other[1]) + 1,
    )


def _choose(places: list[Box], taken: list[Box], lines: list[Box], borders: list[Box]) -> Box:
    def faults(place: Box) -> int:
        near = place.grown(1)
        return (
            100 * sum(near.meets(box) for box in taken)
            + 10 * sum(near.meets(line) for line in lines)
            + sum(place.meets(border) for border in borders)
        )

    return min(places, key=faults)


def _around(node: Node) -> Iterator[Box]:
    width, height = text_size(node.name)
    box, left = node.box, node.x - width // 2
    above, below = box.top - GAP - height, box.bottom + GAP
    yield label_room(node)
    tops = (above, below) if node.kind == "gateway" else (below, above)
    for top in tops:
        for shift in (0, -(width // 2 + 10), width // 2 + 10, -20, 20):
            yield Box(left + shift, top, left + shift + width, top + height)
    for far in (14, 26, 38):
        yield Box(left, above - far, left + width, above - far + height)
        yield Box(left, below + far, left + width, below + far + height)


def _along(edge: Edge) -> Iterator[Box]:
    """Near the beginning first, on either side of each stretch."""
    width, height = text_size(edge.name)
    first = 14 if edge.is_default else 4  # the mark of the default flow keeps its place
    for (x0, y0), (x1, y1) in pairwise(edge.points):
        if y0 == y1:
            length = abs(x1 - x0)
            for along in range(first, max(length - width, first) + 1, 8):
                left = x0 + along if x1 > x0 else x0 - along - width
                yield Box(left, y0 - GAP - height, left + width, y0 - GAP)
                yield Box(left, y0 + GAP, left + width, y0 + GAP + height)
        else:
            length = abs(y1 - y0)
            for along in range(first, max(length - height, first) + 1, 8):
                top = y0 + along if y1 > y0 else y0 - along - height
                yield Box(x0 + GAP, top, x0 + GAP + width, top + height)
                yield Box(x0 - GAP - width, top, x0 - GAP, top + height)
