"""Where nodes stand: a column by rank, a row by lane and by what comes before."""

from .model import Box, Diagram, Edge, Node, text_size

LEFT = 160
TOP = 80
HEADER = 30
GUTTER = 40
LANE_PAD = 30
ROW_GAP = 36
MIN_LANE = 120
Rows = dict[tuple[int, int], set[int]]  # lane and row to the ranks that are taken


def place(diagram: Diagram) -> None:
    """Give every node its rank, row and middle, every lane its box."""
    flows = [edge for edge in diagram.edges if not edge.is_note]
    _mark_back_edges(diagram, flows)
    _rank(diagram, [edge for edge in flows if not edge.is_back])
    _rows(diagram, [edge for edge in flows if not edge.is_back])
    _columns(diagram, flows)
    _lines(diagram)


def _mark_back_edges(diagram: Diagram, flows: list[Edge]) -> None:
    """Depth first from the starts, in the file's order: an edge to an open node goes back."""
    out: dict[str, list[Edge]] = {}
    for edge in flows:
        out.setdefault(edge.source.id, []).append(edge)
    entered = {edge.target.id for edge in flows}
    state: dict[str, str] = {}

    def visit(node_id: str) -> None:
        state[node_id] = "open"
        for edge in out.get(node_id, []):
            seen = state.get(edge.target.id)
            if seen is None:
                visit(edge.target.id)
            edge.is_back = seen == "open"
        state[node_id] = "closed"

    for node_id in sorted(diagram.nodes, key=lambda n: n in entered):
        if node_id not in state:
            visit(node_id)


def _rank(diagram: Diagram, forward: list[Edge]) -> None:
    """Longest path from a start."""
    for _ in diagram.nodes:
        for edge in forward:
            edge.target.rank = max(edge.target.rank, edge.source.rank + 1)
    for edge in diagram.edges:
        if edge.is_note:
            edge.target.rank = edge.source.rank


def _rows(diagram: Diagram, forward: list[Edge]) -> None:
    """Stay in the row of the node before where that is free; open a row where it is not."""
    before: dict[str, list[Edge]] = {}
    for edge in forward:
        before.setdefault(edge.target.id, []).append(edge)
    taken: Rows = {}
    kept: Rows = {}
    order = {node_id: index for index, node_id in enumerate(diagram.nodes)}
    nodes = [node for node in diagram.nodes.values() if node.kind != "note"]
    goes_on = {edge.source.id for edge in forward}
    for node in sorted(nodes, key=lambda n: (n.rank, n.id not in goes_on, order[n.id])):
        edges = before.get(node.id, [])
        node.row = min(range(-1, 12), key=lambda row: _row_cost(node, row, edges, taken, kept))
        taken.setdefault((node.lane, node.row), set()).add(node.rank)
        here = (node.lane, node.rank + 1)
        branches = [
            e for e in forward if e.source is node and (e.target.lane, e.target.rank) == here
        ]
        for row in range(node.row + 1, node.row + len(branches)):
            kept.setdefault((node.lane, row), set()).add(node.rank)
    for edge in diagram.edges:
        if edge.is_note:
            lane_rows = [n.row for n in diagram.nodes.values() if n.lane == edge.source.lane]
            edge.target.row = max(lane_rows) + 1


def _row_cost(node: Node, row: int, edges: list[Edge], taken: Rows, kept: Rows) -> float:
    """Far from the node before, past others, or where another's branches will stand: dear."""
    busy = taken.get((node.lane, row), set())
    if node.rank in busy:
        return 1000
    cost = abs(row) * 0.4 + (0.5 if row < 0 else 0)
    cost += 2 if node.rank in kept.get((node.lane, row), set()) else 0
    same_lane = [edge.source for edge in edges if edge.source.lane == node.lane]
    for index, source in enumerate(same_lane):
        weight = 1.0 if index == 0 else 0.3
        cost += weight * abs(row - source.row)
        between = range(source.rank + 1, node.rank)
        if row == source.row and any(rank in busy for rank in between):
            cost += weight * 1.5
    return cost


def _columns(diagram: Diagram, flows: list[Edge]) -> None:
    """A column is as wide as its widest shape; gutters leave room for the labels of flows."""
    nodes = [node for node in diagram.nodes.values() if node.kind != "note"]
    x = LEFT + 2 * HEADER + GUTTER
    for rank in range(max((node.rank for node in nodes), default=0) + 1):
        column = [node for node in nodes if node.rank == rank]
        widths = [node.width for node in column]
        widths += [text_size(node.name)[0] - 16 for node in column if node.has_label]
        width = max(widths, default=36)
        middle = x + width // 2
        diagram.columns.append((x, middle, x + width))
        labels = [
            text_size(edge.name)[0]
            + (26 if edge.is_default else 14)
            - (width - edge.source.width) // 2
            for edge in flows
            if edge.name and edge.source.rank == rank and edge.source.kind == "gateway"
        ]
        x += width + max([GUTTER, *labels])
    for node in diagram.nodes.values():
        node.x = diagram.columns[node.rank][1]
        if node.kind == "note":  # hangs to the right of what it explains
            node.x += node.width // 2 - 30


def _lines(diagram: Diagram) -> None:
    """Rows and lanes from top to bottom."""
    y = TOP
    right = diagram.columns[-1][2] + GUTTER
    notes = [node.box.right for node in diagram.nodes.values() if node.kind == "note"]
    right = max([right, *[note + 20 for note in notes]])
    lane_count = max(1, len(diagram.lanes))
    header = HEADER if diagram.pool_id else 0
    for lane in range(lane_count):
        top = y
        rows = sorted({node.row for node in diagram.nodes.values() if node.lane == lane}) or [0]
        y += LANE_PAD
        for index, row in enumerate(rows):
            nodes = [n for n in diagram.nodes.values() if (n.lane, n.row) == (lane, row)]
            up = max((_above(node) for node in nodes), default=35)
            down = max((_below(node) for node in nodes), default=35)
            y += ROW_GAP if index else 0
            if len(rows) == 1:
                spare = max(0, MIN_LANE - up - down - 2 * LANE_PAD)
                y += spare // 2
            diagram.row_y[(lane, row)] = (y, y + up, y + up + down)
            for node in nodes:
                node.y = y + up
            y += up + down
        y = max(y + LANE_PAD, top + MIN_LANE)
        if diagram.lanes:
            diagram.lanes[lane].box = Box(LEFT + header, top, right, y)
    diagram.pool = Box(LEFT, TOP, right, y)


def _above(node: Node) -> int:
    label = text_size(node.name)[1] + 4 if node.kind == "gateway" and node.name else 0
    return node.height // 2 + label


def _below(node: Node) -> int:
    label = text_size(node.name)[1] + 4 if node.kind == "event" and node.name else 0
    return node.height // 2 + label
