"""The packages of bpmn/ as the tests read them, and a robot that fills any form."""

import json
import random
import tomllib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import etree

ROOT = Path(__file__).parents[2] / "bpmn"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
CODES = [
    *("min_living", "destitute_support", "marginal_household", "expenditure_hardship"),
    *("temporary_aid", "medical_aid", "education_aid", "housing_aid", "employment_aid"),
    *("disaster_aid", "disabled_living", "disabled_care", "child_support", "utility_relief"),
]
FLOW_NODES = {
    *("startEvent", "endEvent", "intermediateCatchEvent", "userTask", "serviceTask"),
    *("businessRuleTask", "exclusiveGateway", "parallelGateway"),
}


@dataclass(frozen=True)
class Package:
    """One folder with a process."""

    folder: Path

    @property
    def code(self) -> str:
        return self.folder.name

    @cached_property
    def settings(self) -> dict[str, Any]:
        (file,) = self.folder.glob("*.toml")
        return tomllib.loads(file.read_text(encoding="utf-8"))

    @cached_property
    def forms(self) -> dict[str, dict[str, Any]]:
        files = sorted((self.folder / "forms").glob("*.json"))
        return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}

    @cached_property
    def source(self) -> bytes:
        return (self.folder / "process.bpmn").read_bytes()

    @cached_property
    def root(self) -> etree._Element:
        return etree.fromstring(self.source)

    @property
    def process(self) -> etree._Element:
        found = self.root.find(f"{BPMN}process")
        assert found is not None
        return found

    @cached_property
    def nodes(self) -> dict[str, etree._Element]:
        return {e.attrib["id"]: e for e in self.process if kind(e) in FLOW_NODES}

    @cached_property
    def flows(self) -> list[etree._Element]:
        return self.process.findall(f"{BPMN}sequenceFlow")

    @property
    def steps(self) -> list[str]:
        return [key for key, node in self.nodes.items() if kind(node) == "userTask"]

    def outgoing(self, node: str) -> list[etree._Element]:
        return [flow for flow in self.flows if flow.get("sourceRef") == node]

    def incoming(self, node: str) -> list[etree._Element]:
        return [flow for flow in self.flows if flow.get("targetRef") == node]


def kind(element: etree._Element) -> str:
    return etree.QName(element).localname


def properties(element: etree._Element) -> dict[str, str]:
    path = f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property"
    return {p.attrib["name"]: p.attrib["value"] for p in element.iterfind(path)}


def matters() -> list[Package]:
    return [Package(ROOT / "matters" / code) for code in CODES]


def packages() -> list[Package]:
    """Everything with a process: the matters, the template, the intake."""
    return [*matters(), Package(ROOT / "matters" / "_template"), Package(ROOT / "shared/intake")]


def catalogue(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "shared/catalogue" / f"{name}.toml").read_text(encoding="utf-8"))


def fill(schema: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """Answers that fit a form, made from the schema alone."""
    return {key: _value(schema["properties"][key], dice) for key in schema["required"]}


def _value(field: dict[str, Any], dice: random.Random) -> Any:
    if "enum" in field:
        return dice.choice(field["enum"])
    if field["type"] == "boolean":
        return dice.random() < 0.6
    if field["type"] == "integer":
        return dice.randint(field["minimum"], field["maximum"])
    if field.get("format") == "date":
        return "2026-11-23"
    return "100.00" if "pattern" in field else "说明"


Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """The diagram section: boxes of shapes and labels, points of edges."""

    shapes: dict[str, Box]
    labels: dict[str, Box]
    edges: dict[str, list[Point]]

    @property
    def stretches(self) -> list[tuple[str, Point, Point]]:
        return [(key, a, b) for key, points in self.edges.items() for a, b in pairwise(points)]


def drawing(root: etree._Element) -> Drawing:
    found = Drawing({}, {}, {})
    for element in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge"):
        key = element.attrib["bpmnElement"]
        if kind(element) == "BPMNShape":
            found.shapes[key] = _box(element)
        else:
            points = [(float(p.get("x")), float(p.get("y"))) for p in element.iter("{*}waypoint")]
            found.edges[key] = points
        label = element.find(f"{DI}BPMNLabel")
        if label is not None:
            found.labels[key] = _box(label)
    return found


def _box(element: etree._Element) -> Box:
    bounds = element.find("{*}Bounds")
    assert bounds is not None
    x, y, width, height = (float(bounds.attrib[key]) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def meets(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
