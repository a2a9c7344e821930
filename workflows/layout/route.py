"""Where edges run: the cheapest orthogonal way on a grid of lines between the shapes.

Each edge is routed in turn. Shapes cannot be entered, a stretch of another edge is not shared,
bends, crossings and places kept for labels cost.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import count, pairwise

from .model import Box, Diagram, Edge, LayoutError, Node, Point, text_size

STEP = 10
CLEAR = 8
STUB = 18
BEND, CROSS, TOUCH, SHARE, SOFT = 24, 36, 400, 3000, 40
SIDES = {"right": (1, 0), "bottom": (0, 1), "left": (-1, 0), "top": (0, -1)}
LEAVE = {"right": 0, "bottom": 18, "top": 18, "left": 400}
ENTER = {"left": 0, "bottom": 18, "top": 18, "right": 400}
Vector = tuple[int, int]
Stop = tuple[Point, Point, Vector, int, tuple[str, str, int]]  # on shape, on grid, way, cost, port


def route(diagram: Diagram) -> None:
    """Give every edge its points."""
    router = _Router(diagram)
    order = {edge.id: index for index, edge in enumerate(diagram.edges)}
    for edge in sorted(diagram.edges, key=lambda e: (*_urgency(e), order[e.id])):
        edge.points = router.find(edge)


def _urgency(edge: Edge) -> tuple[bool, bool, int]:
    distance = abs(edge.source.x - edge.target.x) + abs(edge.source.y - edge.target.y)
    straight = edge.source.y == edge.target.y or edge.is_note
    return edge.is_back, not straight, distance


def label_room(node: Node) -> Box:
    """The place where a node's label stands by preference."""
    width, height = text_size(node.name)
    left = node.x - width // 2
    if node.kind == "gateway":
        return Box(left, node.box.top - 3 - height, left + width, node.box.top - 3)
    return Box(left, node.box.bottom + 3, left + width, node.box.bottom + 3 + height)


class _Router:
    def __init__(self, diagram: Diagram) -> None:
        self.shapes = [node.box.grown(CLEAR - 1) for node in diagram.nodes.values()]
        self.rooms = [label_room(node) for node in diagram.nodes.values() if node.has_label]
        self.xs = _vertical_lines(diagram)
        self.ys = _horizontal_lines(diagram)
        self.stretches: dict[tuple[Point, Point], set[str]] = {}
        self.passed: dict[Point, list[tuple[str, set[str]]]] = {}
        self.kin: set[str] = set()
        self.ports: dict[tuple[str, str, int], set[str]] = {}
        self.costs: dict[tuple[Point, Point], float] = {}

    def find(self, edge: Edge) -> list[Point]:
        if edge.is_note:  # it hangs straight below
            source = edge.source
            return [(source.x, source.box.bottom), (source.x, edge.target.box.top)]
        self.kin = {"out:" + edge.source.id} if edge.source.is_parallel else set()
        self.kin |= {"in:" + edge.target.id} if edge.target.is_parallel else set()
        leave = {**LEAVE, "right": 60} if edge.is_back else LEAVE
        starts = self._stops(edge.source, leave, "out")
        fan = edge.source.is_parallel  # its branches all enter from the left
        goals = self._stops(edge.target, {**ENTER, "top": 150} if fan else ENTER, "in")
        path, start, goal = self._search(starts, goals)
        points = [start[0], *path, goal[0]]
        self._remember(edge, points, start, goal)
        return _corners(points)

    def _stops(self, node: Node, sides: dict[str, int], way: str) -> list[Stop]:
        """Where an edge may touch a node, and the first free crossing of lines outside it."""
        stops = []
        for side, cost in sides.items():
            dx, dy = SIDES[side]
            reach = 30 if dy else 20
            for offset in (0, -reach, reach) if node.kind == "task" else (0,):
                port = (node.id, side, offset)
                on_shape = self._on_shape(node, side, offset)
                on_grid = self._outside(on_shape, dx, dy)
                if on_grid is None:
                    continue
                used = self.ports.get(port, set())
                busy = 0 if not used else 90 if used == {way} and way == "in" else 260
                if node.is_parallel and used == {way}:
                    busy = 0
                price = cost + busy + (60 if offset else 0)
                if node.kind == "task" and side in {"top", "bottom"}:
                    price += 10
                stops.append((on_shape, on_grid, (dx, dy), price, port))
        return stops

    @staticmethod
    def _on_shape(node: Node, side: str, offset: int) -> Point:
        dx, dy = SIDES[side]
        if dx:
            return node.x + dx * (node.width // 2), node.y + offset
        return node.x + offset, node.y + dy * (node.height // 2)

    def _outside(self, point: Point, dx: int, dy: int) -> Point | None:
        x, y = point
        line = self.xs if dx else self.ys
        at = (x if dx else y) + (dx + dy) * STUB
        index = bisect_left(line, at) if dx + dy > 0 else bisect_right(line, at) - 1
        if not 0 <= index < len(line):
            return None
        return (line[index], y) if dx else (x, line[index])

    def _search(self, starts: list[Stop], goals: list[Stop]) -> tuple[list[Point], Stop, Stop]:
        ticket = count()
        queue: list[tuple[float, int, float, Point, Vector, object, Stop]] = []
        for stop in starts:
            heapq.heappush(queue, (stop[3], next(ticket), stop[3], stop[1], stop[2], None, stop))
        seen: set[tuple[Point, Vector]] = set()
        best: tuple[float, object, Stop, Stop] | None = None
        while queue and (best is None or queue[0][0] < best[0]):
            _, _, cost, point, way, trail, start = heapq.heappop(queue)
            if (point, way) in seen:
                continue
            seen.add((point, way))
            trail = (point, trail)
            for total, goal in self._arrivals(cost, point, way, goals):
                if best is None or total < best[0]:
                    best = (total, trail, start, goal)
            for price, following, onward in self._moves(point, way):
                due = cost + price
                guess = due + self._distance(following, goals)
                heapq.heappush(queue, (guess, next(ticket), due, following, onward, trail, start))
        if best is None:
            raise LayoutError("no way found for an edge")
        return _unwind(best[1]), best[2], best[3]

    def _arrivals(
        self, cost: float, point: Point, way: Vector, goals: list[Stop]
    ) -> Iterator[tuple[float, Stop]]:
        """The goals that can be entered from this point, with the whole cost."""
        for goal in goals:
            inward = (-goal[2][0], -goal[2][1])
            if goal[1] == point and inward != (-way[0], -way[1]):
                yield cost + goal[3] + self._turn(point, way, inward), goal

    @staticmethod
    def _distance(point: Point, goals: list[Stop]) -> int:
        return min(abs(point[0] - g[1][0]) + abs(point[1] - g[1][1]) for g in goals)

    def _moves(self, point: Point, way: Vector) -> list[tuple[float, Point, Vector]]:
        moves = []
        for dx, dy in SIDES.values():
            if (dx, dy) == (-way[0], -way[1]):
                continue
            following = self._neighbour(point, dx, dy)
            if following is None:
                continue
            price = self._stretch(point, following)
            if price < 1e6:
                moves.append((price + self._turn(point, way, (dx, dy)), following, (dx, dy)))
        return moves

    def _neighbour(self, point: Point, dx: int, dy: int) -> Point | None:
        line, at = (self.xs, point[0]) if dx else (self.ys, point[1])
        index = bisect_left(line, at) + dx + dy
        if not 0 <= index < len(line):
            return None
        return (line[index], point[1]) if dx else (point[0], line[index])

    def _turn(self, point: Point, way: Vector, onward: Vector) -> float:
        """Cost of passing a crossing of lines: bends, crossings, touching another's bend."""
        used = {mark for mark, owners in self.passed.get(point, []) if not owners & self.kin}
        if way != onward:
            return BEND + (TOUCH if used else 0)
        across = "v" if way[0] else "h"
        if "bend" in used:
            return TOUCH
        return CROSS if across in used else 0

    def _stretch(self, one: Point, other: Point) -> float:
        key = (min(one, other), max(one, other))
        if key not in self.costs:
            (left, top), (right, bottom) = key
            line = Box(left, top, right + 1, bottom + 1)
            cost = float(right - left + bottom - top)
            if any(shape.meets(line) for shape in self.shapes):
                cost = 1e9
            self.costs[key] = cost + SOFT * any(room.meets(line) for room in self.rooms)
        owners = self.stretches.get(key)
        if owners is None:
            return self.costs[key]
        return self.costs[key] * 0.2 if owners & self.kin else self.costs[key] + SHARE

    def _remember(self, edge: Edge, points: list[Point], start: Stop, goal: Stop) -> None:
        owners = {"out:" + edge.source.id, "in:" + edge.target.id}
        self.ports.setdefault(start[4], set()).add("out")
        self.ports.setdefault(goal[4], set()).add("in")
        inner = points[1:-1]
        for a, b in pairwise(inner):
            self.stretches.setdefault((min(a, b), max(a, b)), set()).update(owners)
        for before, at, after in zip(points, inner, points[2:], strict=False):
            straight = before[0] == at[0] == after[0] or before[1] == at[1] == after[1]
            mark = "bend" if not straight else "v" if before[0] == at[0] else "h"
            self.passed.setdefault(at, []).append((mark, owners))


def _unwind(trail: object) -> list[Point]:
    points: list[Point] = []
    while isinstance(trail, tuple):
        points.append(trail[0])
        trail = trail[1]
    return points[::-1]


def _corners(points: list[Point]) -> list[Point]:
    """Leave out the points that lie on a straight line."""
    kept = [points[0]]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        straight = before[0] == at[0] == after[0] or before[1] == at[1] == after[1]
        if not straight:
            kept.append(at)
    return [*kept, points[-1]]


def _vertical_lines(diagram: Diagram) -> list[int]:
    lines: set[int] = set()
    edge = diagram.columns[0][0] - 30
    for left, middle, right in diagram.columns:
        lines.update(range(edge + STEP, left - STEP + 1, STEP))
        lines.update((middle - 30, middle, middle + 30))
        edge = right
    lines.update(range(edge + STEP, edge + 31, STEP))
    return sorted(lines)


def _horizontal_lines(diagram: Diagram) -> list[int]:
    lines: set[int] = set()
    borders = [diagram.pool.top, *[lane.box.bottom for lane in diagram.lanes], diagram.pool.bottom]
    edge = diagram.pool.top
    for top, middle, bottom in diagram.row_y.values():
        lines.update(range(edge + STEP, top - CLEAR + 1, STEP))
        lines.update((middle - 20, middle, middle + 20))
        edge = bottom - 2
    lines.update(range(edge + STEP, diagram.pool.bottom - CLEAR + 1, STEP))
    return sorted(y for y in lines if all(abs(y - border) > 9 for border in borders))
