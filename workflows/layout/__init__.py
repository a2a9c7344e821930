"""Draws a BPMN file: lanes are rows, ranks are columns, edges are orthogonal.

`layout(source)` gives the same file with a fresh diagram section; the process itself is untouched.
The same process always gives the same drawing.
"""

from .labels import place_labels
from .model import LayoutError, read
from .place import place
from .route import route
from .write import write

__all__ = ["LayoutError", "layout"]


def layout(source: bytes) -> bytes:
    """Replace the diagram section of a BPMN file. Raises LayoutError with the element's id."""
    tree, diagram = read(source)
    place(diagram)
    route(diagram)
    place_labels(diagram)
    return write(tree, diagram)
