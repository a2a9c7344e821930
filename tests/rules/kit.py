"""The DMN Technology Compatibility Kit's files: models and expected results."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from common.places import BASE_DIR

KIT = BASE_DIR.parent / "shared" / "conformance" / "dmn-tck-level-2"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Expected:
    """One expected result of one test case."""

    model: Path
    case: str
    inputs: dict[str, Any]
    decision: str
    value: Any

    def __str__(self) -> str:
        return f"{self.model.parent.name}/{self.case}"


def cases() -> list[Expected]:
    """Every expected result of the kit, empty where the kit is absent."""
    return [row for file in sorted(KIT.glob("*/*-test-*.xml")) for row in _of_file(file)]


def _of_file(file: Path) -> list[Expected]:
    root = etree.parse(file).getroot()
    model = file.parent / root.findtext("{*}modelName", "")
    found = []
    for case in root.findall("{*}testCase"):
        inputs = {node.get("name"): _value(node) for node in case.findall("{*}inputNode")}
        found += [
            Expected(
                model, case.get("id"), inputs, node.get("name"), _value(node.find("{*}expected"))
            )
            for node in case.findall("{*}resultNode")
        ]
    return found


def _value(node: Any) -> Any:
    if (rows := node.find("{*}list")) is not None:
        return [_value(item) for item in rows.findall("{*}item")]
    if parts := node.findall("{*}component"):
        return {part.get("name"): _value(part) for part in parts}
    found = node.find("{*}value")
    if found is None or found.get(f"{XSI}nil") == "true":
        return None
    kind, text = (found.get(f"{XSI}type") or "xsd:string").split(":")[-1], found.text or ""
    if kind in {"decimal", "double", "integer"}:
        return Decimal(text)
    return text == "true" if kind == "boolean" else text
