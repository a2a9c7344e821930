"""Small diagrams for tests, written as chains of element ids.

The kind follows from the id: start, end…, stop… (terminate), split…/join… (parallel), gate…
(exclusive), first… (event-based), msg_x (message `x`), timer_x, call_x (operator `test.x`), rule_x
(decision `x`, its `parameters` say which variable gets which output), set_x (script), else a user
task. `gate [condition] > target` is a conditional flow; a gate's last flow
without a condition is its default.
"""

import re
from itertools import pairwise
from xml.sax.saxutils import quoteattr

NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)
KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "stop": "endEvent",
    "split": "parallelGateway",
    "join": "parallelGateway",
    "gate": "exclusiveGateway",
    "first": "eventBasedGateway",
    "msg": "intermediateCatchEvent",
    "timer": "intermediateCatchEvent",
    "call": "serviceTask",
    "rule": "businessRuleTask",
    "set": "scriptTask",
}


def draw(
    process_id: str,
    text: str,
    *,
    scripts: dict[str, str] | None = None,
    parameters: dict[str, dict[str, str]] | None = None,
    outcomes: dict[str, str] | None = None,
    lane: str = "township_officer@township",
    extra: str = "",
    attributes: str = 'isExecutable="true"',
) -> bytes:
    flows = _flows(text)
    ids = list(dict.fromkeys(i for source, _c, target in flows for i in (source, target)))
    parts = [f'<bpmn:laneSet id="lanes"><bpmn:lane id="lane" name={quoteattr(lane)}>']
    parts += [f"<bpmn:flowNodeRef>{i}</bpmn:flowNodeRef>" for i in ids]
    parts.append("</bpmn:lane></bpmn:laneSet>")
    default: dict[str, str] = {}
    for number, (source, condition, _target) in enumerate(flows):
        if condition is None and kind_of(source) == "exclusiveGateway":
            default[source] = f"flow{number}"
    for element in ids:
        inner = _inner(element, scripts or {}, parameters or {}, outcomes or {})
        more = f' default="{default[element]}"' if element in default else ""
        kind = kind_of(element)
        parts.append(f'<bpmn:{kind} id="{element}" name="{element}"{more}>{inner}</bpmn:{kind}>')
    for number, (source, condition, target) in enumerate(flows):
        inner = ""
        if condition is not None:
            escaped = condition.replace("&", "&amp;").replace("<", "&lt;")
            inner = f"<bpmn:conditionExpression>{escaped}</bpmn:conditionExpression>"
        parts.append(
            f'<bpmn:sequenceFlow id="flow{number}" sourceRef="{source}" targetRef="{target}">'
            f"{inner}</bpmn:sequenceFlow>"
        )
    names = sorted({i.split("_", 1)[1] for i in re.findall(r"msg_\w+", text + extra)})
    messages = "".join(f'<bpmn:message id="m_{n}" name="{n}"/>' for n in names)
    return (
        f'<?xml version="1.0"?><bpmn:definitions {NAMESPACES} id="d" targetNamespace="urn:t">'
        f'{messages}<bpmn:process id="{process_id}" {attributes}>{"".join(parts)}{extra}'
        "</bpmn:process></bpmn:definitions>"
    ).encode()


def kind_of(element: str) -> str:
    return KINDS.get(re.split(r"[_\d]", element)[0], "userTask")


def _flows(text: str) -> list[tuple[str, str | None, str]]:
    found: list[tuple[str, str | None, str]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = [p.strip() for p in re.split(r">(?![^\[]*\])", line)]
        for source, target in pairwise(parts):
            match = re.fullmatch(r"(\w+)\s*\[(.*)\]", source)
            name, condition = (match[1], match[2]) if match else (source, None)
            found.append((name, condition, re.split(r"\s*\[", target)[0]))
    return found


def _inner(  # noqa: PLR0911 - a table
    element: str,
    scripts: dict[str, str],
    parameters: dict[str, dict[str, str]],
    outcomes: dict[str, str],
) -> str:
    word, _sep, rest = element.partition("_")
    if word.startswith("stop"):
        return "<bpmn:terminateEventDefinition/>"
    if element in outcomes:
        return _properties(outcome=outcomes[element])
    if word == "msg":
        return f'<bpmn:messageEventDefinition messageRef="m_{rest}"/>'
    if word == "timer":
        return _properties(limit="7d") + (
            "<bpmn:timerEventDefinition><bpmn:timeDuration>P7D</bpmn:timeDuration>"
            "</bpmn:timerEventDefinition>"
        )
    if word == "set":
        return f"<bpmn:script>{scripts[element]}</bpmn:script>"
    if word == "rule":
        called = f"<spiffworkflow:calledDecisionId>{rest}</spiffworkflow:calledDecisionId>"
        found = _properties(**parameters.get(element, {}))
        return found.replace("<bpmn:extensionElements>", f"<bpmn:extensionElements>{called}")
    if word == "call":
        rows = "".join(
            f'<spiffworkflow:parameter id="{k}" type="any" value={quoteattr(v)}/>'
            for k, v in parameters.get(element, {}).items()
        )
        return (
            f'<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="test.{rest}">'
            f"<spiffworkflow:parameters>{rows}</spiffworkflow:parameters>"
            "</spiffworkflow:serviceTaskOperator></bpmn:extensionElements>"
        )
    return ""


def _properties(**values: str) -> str:
    rows = "".join(f'<spiffworkflow:property name="{k}" value="{v}"/>' for k, v in values.items())
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{rows}</spiffworkflow:properties></bpmn:extensionElements>"
    )
