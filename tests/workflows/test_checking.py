"""Diagrams from strangers: refused by element, never executed, never a traceback."""

import io
import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.workflows.drawing import NAMESPACES, draw
from workflows.engine.parse import inspect
from workflows.services.definitions import inspect_definition

ROOT = Path(__file__).parents[2]
MIWG = Path(os.environ.get("LIANBAN_CONFORMANCE", ROOT.parent / "shared/conformance")) / "bpmn-miwg"
LINE = "start > a > end"


def codes(source):
    return {(p.element, p.code) for p in inspect(source).problems}


def test_a_sound_diagram_has_no_problem():
    assert codes(draw("p", LINE)) == set()


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"", ("", "not-xml")),
        (b"\x00\xff\xfe\x01binary", ("", "not-xml")),
        (b"<a/>", ("", "not-bpmn")),
        (b"<" * 3_000_000, ("", "too-large")),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + draw("p", LINE)[21:], ("", "doctype")),
        (b"<a>" * 100_000, ("", "not-xml")),
        (f"<bpmn:definitions {NAMESPACES}/>".encode(), ("", "no-process")),
        (b'<?xml version="1.0" encoding="x-none"?><a/>', ("", "not-xml")),
        (
            draw("p", LINE)
            .decode()
            .replace('<?xml version="1.0"?>', "<!DOCTYPE a>")
            .encode("utf-16"),
            ("", "doctype"),
        ),
    ],
)
def test_what_is_no_diagram_is_named(source, problem):
    assert problem in codes(source)


def test_an_entity_bomb_is_refused_before_it_is_parsed():
    names = ["a", *(f"a{i}" for i in range(12))]
    rows = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names))
    bomb = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa">{rows}]><b>&a11;</b>'.encode()

    assert codes(bomb) == {("", "doctype")}


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        ('start > a > gate\ngate [__import__("os").system("x")] > end_a\ngate > end_b', {},
         ("gate", "unsafe-expression")),
        ("start > set_x > end", {"scripts": {"set_x": "import os"}},
         ("set_x", "unsafe-expression")),
        ("start > call_note > end", {"parameters": {"call_note": {"a": "open('x')"}}},
         ("call_note", "unsafe-expression")),
        ("start > gate0 > call_x > gate\ngate [x] > gate0\ngate > end", {},
         ("call_x", "endless-loop")),
        (LINE, {"lane": "没有代码的泳道"}, ("a", "no-role")),
        (LINE, {"attributes": 'isExecutable="false"'}, ("p", "not-executable")),
        ("start > a > End", {}, ("End", "reserved-id")),
        ("start > a", {}, ("a", "dead-end")),
        ("start > a > end\na > end2", {}, ("a", "many-outgoing")),
        ("start > gate > end\ngate > a > end2", {}, ("gate", "missing-condition")),
        ("a > end", {}, ("p", "start")),
        ("start > a > end\nb > end", {}, ("b", "unreachable")),
        (LINE, {"extra": '<bpmn:subProcess id="sub"/>'}, ("sub", "unsupported")),
        (LINE, {"extra": '<bpmn:userTask id="a"/>'}, ("a", "unsupported")),
        (LINE, {"extra": '<bpmn:inclusiveGateway id="or"/>'}, ("or", "unsupported")),
        (LINE, {"extra": '<bpmn:intermediateThrowEvent id="t"><bpmn:compensateEventDefinition/>'
                         "</bpmn:intermediateThrowEvent>"}, ("t", "unsupported")),
        (LINE, {"extra": '<bpmn:startEvent id="s2"><bpmn:conditionalEventDefinition>'
                         "<bpmn:condition>__import__('os')</bpmn:condition>"
                         "</bpmn:conditionalEventDefinition></bpmn:startEvent>"},
         ("s2", "unsupported-event")),
        (LINE, {"extra": '<bpmn:userTask id="m"><bpmn:multiInstanceLoopCharacteristics/>'
                         "</bpmn:userTask>"}, ("m", "unsupported-loop")),
        (LINE, {"extra": '<bpmn:userTask id="q"><bpmn:extensionElements><spiffworkflow:preScript>'
                         "import os</spiffworkflow:preScript></bpmn:extensionElements>"
                         "</bpmn:userTask>"}, ("q", "unsupported-extension")),
        (LINE, {"extra": '<bpmn:serviceTask id="sv"/>'}, ("sv", "no-operator")),
        (LINE, {"extra": '<bpmn:sequenceFlow id="fx" sourceRef="a" targetRef="nowhere"/>'},
         ("fx", "dangling-flow")),
        (LINE, {"extra": '<bpmn:intermediateCatchEvent id="tm"><bpmn:timerEventDefinition/>'
                         "</bpmn:intermediateCatchEvent>"}, ("tm", "no-limit")),
        (LINE, {"extra": '<bpmn:intermediateCatchEvent id="ms"><bpmn:messageEventDefinition/>'
                         "</bpmn:intermediateCatchEvent>"}, ("ms", "no-message")),
    ],
)  # fmt: skip
def test_what_would_not_run_is_named_by_element(text, options, problem):
    assert problem in codes(draw("p", text, **options))


def test_what_lies_inside_an_unsupported_element_is_named_too():
    inner = '<bpmn:task id="inner"/><bpmn:endEvent id="inner_end"/>'
    extra = f'<bpmn:subProcess id="sub">{inner}</bpmn:subProcess>'

    found = codes(draw("p", LINE, extra=extra))

    assert {("sub", "unsupported"), ("inner", "unsupported")} <= found
    assert ("inner_end", "unsupported") in found


def test_a_huge_chain_is_refused_at_once():
    chain = " > ".join(["start", *(f"call_{n}" for n in range(3000)), "end"])

    assert codes(draw("p", chain)) == {("p", "too-large")}


def test_a_loop_through_a_person_is_fine():
    assert not codes(draw("p", "start > gate0 > a > gate\ngate [x] > gate0\ngate > end"))


def test_an_unknown_operator_is_refused_at_deployment():
    found = inspect_definition(draw("p", "start > call_nobody > end")).problems

    assert [(p.element, p.code) for p in found] == [("call_nobody", "unknown-operator")]


def test_meta_is_read_once_from_the_drawing():
    source = draw(
        "p",
        "start > a > timer_notice > msg_means > gate\ngate [ok] > end_yes\ngate > end_no",
        outcomes={"end_yes": "approved"},
    )

    report = inspect_definition(source)

    assert report.process_id == "p"
    assert report.meta is not None
    meta = report.meta
    assert meta["order"][:4] == ["start", "a", "timer_notice", "msg_means"]
    assert meta["steps"]["a"]["role"] == "township_officer"
    assert meta["steps"]["a"]["organisation"] == "township"
    assert meta["timers"]["timer_notice"]["limit"] == "7d"
    assert meta["timers"]["timer_notice"]["duration"] == "P7D"
    assert meta["messages"] == {"msg_means": "means"}
    assert meta["ends"]["end_yes"]["outcome"] == "approved"
    assert meta["variables"] == ["ok"]


def check_bpmn(*files):
    out = io.StringIO()
    code = 0
    try:
        call_command("check_bpmn", *map(str, files), "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())["files"]


def test_the_command_answers_one_document(tmp_path):
    good, bad = tmp_path / "good.bpmn", tmp_path / "bad.bpmn"
    good.write_bytes(draw("p", LINE))
    bad.write_bytes(draw("p", LINE, extra='<bpmn:subProcess id="sub"/>'))

    code, files = check_bpmn(good, bad)

    assert code == 1
    assert [f["ok"] for f in files] == [True, False]
    assert files[0]["processes"][0]["id"] == "p"
    assert ("sub", "unsupported") in {(p["element"], p["code"]) for p in files[1]["problems"]}


def test_a_missing_file_is_refused(tmp_path):
    code, files = check_bpmn(tmp_path / "nothing.bpmn", tmp_path)

    assert code == 2
    assert {p["code"] for f in files for p in f["problems"]} == {"no-file"}


@pytest.mark.skipif(not MIWG.is_dir(), reason=f"reference models are not at {MIWG}")
def test_every_reference_model_is_judged_element_by_element():
    files = sorted(MIWG.glob("*.bpmn"))

    code, found = check_bpmn(*files)

    assert code == 1
    assert len(found) == len(files)
    for row in found:
        assert row["processes"]
        assert row["problems"]
        unnamed = [p for p in row["problems"] if not p["element"]]
        assert not unnamed, row["name"]
