"""What is unsound is refused, named by element; nothing of a model reaches the database."""

import pytest

from rules.inspect import inspect, report
from rules.model import Type
from tests.rules.models import HEAD, literal, model, requires, table

NUMBER = {"age": "number", "income": "number"}


def problems(source: bytes, **more) -> dict[str, str]:
    return {p.element: p.code for p in inspect(source, **more)[1]}


def test_a_sound_table_has_no_problem():
    source = model(
        table(["age"], [["< 18", '"child"'], [">= 18", '"adult"']], complete=True), inputs=NUMBER
    )

    assert problems(source) == {}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("<", "syntax"),
        ("[1..", "syntax"),
        ('"young"', "type"),
        ("true", "type"),
        ("< height", "unknown-name"),
        ("< income.month", "unknown-name"),
        ("> now()", "unsupported"),
        ("__import__('os')", "syntax"),
        ("1; DROP TABLE households_person", "syntax"),
        ("< " + "9" * 40, "too-long"),
        ("< " + "(" * 40 + "1" + ")" * 40, "too-deep"),
        ("< " + "+".join(["1"] * 900), "too-deep"),
        ("x" * 3000, "too-long"),
        ("date(2020)", "unsupported"),
        ('= date("2020-01-01")', "type"),
    ],
)
def test_a_bad_cell_is_named(cell, code):
    source = model(table(["age"], [[cell, "1"]]), inputs=NUMBER)

    assert problems(source)["r1c1"] == code


def test_a_text_stays_a_text_whatever_stands_in_it(db):
    from rules.constants import evaluate
    from rules.read import read

    hostile = "'; DROP TABLE common_event; --%s \\' \""
    source = model(literal("d", '"x" + word', requires("word")), inputs={"word": "string"})

    found = evaluate(read(source), {"word": hostile})

    assert found.decisions == {"d": "x" + hostile}


def test_overlapping_rows_are_refused_with_what_hits_both():
    rows = [["< 20", "-", "1"], [">= 18", "> 100", "2"]]
    source = model(table(["age", "income"], rows), inputs=NUMBER)

    [problem] = inspect(source)[1]

    assert (problem.element, problem.code) == ("r2", "overlap")
    assert problem.message == "overlaps with r1: age = 18, income = 101 hits both"


def test_rows_that_say_the_same_may_overlap_under_any_and_others_not():
    same = model(table(["age"], [["< 20", "1"], ["> 10", "1"]], policy="ANY"), inputs=NUMBER)
    other = model(table(["age"], [["< 20", "1"], ["> 10", "2"]], policy="ANY"), inputs=NUMBER)

    assert problems(same) == {}
    assert problems(other) == {"r2": "overlap"}


def test_rows_that_can_never_hit_are_refused():
    rows = [["< 18", "1"], [">= 18", "2"], ["[10..20]", "3"]]
    hidden = model(table(["age"], rows, policy="FIRST"), inputs=NUMBER)
    contrary = model(table(["age", "age"], [["< 5", "> 6", "1"]], needs=["age"]), inputs=NUMBER)

    assert problems(hidden) == {"r3": "never-hits"}
    assert problems(contrary) == {"r1": "never-hits"}


def test_a_gap_in_a_table_that_claims_to_be_complete_is_refused_with_an_example():
    rows = [["< 18", '"a"'], ["> 18", '"b"']]
    source = model(table(["age"], rows, complete=True), inputs=NUMBER)

    [problem] = inspect(source)[1]

    assert (problem.element, problem.code) == ("t_table", "gap")
    assert problem.message == "no row for age = 18"


def test_a_table_that_claims_nothing_may_have_gaps():
    source = model(table(["age"], [["< 18", '"a"']]), inputs=NUMBER)

    assert problems(source) == {}


def test_parameters_count_with_their_values():
    rows = [["< S", "1"], [">= S", "2"], ["> 2 * S", "3"]]
    source = model(
        table(["income"], rows, needs=["income", "S"]), inputs={"income": "number", "S": "number"}
    )

    assert problems(source, constants={"S": 1000}) == {"r3": "overlap"}


def test_decisions_in_a_circle_are_refused():
    source = model(
        literal("a", "b + 1", requires(decisions=("b",))),
        literal("b", "a + 1", requires(decisions=("a",))),
    )

    assert "circular" in problems(source).values()


def test_an_unknown_fact_a_wrong_type_and_an_unknown_code_are_refused():
    vocabulary = {"age": Type("number"), "stage": Type("string", codes=("none", "primary"))}
    strange = model(table(["shoe"], [["1", "1"]]), inputs={"shoe": "number"})
    mistyped = model(table(["age"], [['"x"', "1"]]), inputs={"age": "string"})
    miscoded = model(table(["stage"], [['"college"', "1"]]), inputs={"stage": "string"})

    assert problems(strange, vocabulary=vocabulary) == {"i_shoe": "unknown-fact"}
    assert problems(mistyped, vocabulary=vocabulary) == {"i_age": "type"}
    assert problems(miscoded, vocabulary=vocabulary) == {"r1c1": "unknown-code"}


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ('<decision id="x" name="x"><context/></decision>', "unsupported"),
        ('<decision id="x" name="x"/>', "empty"),
        ('<decisionService id="x" name="x"/>', "unsupported"),
        ('<import id="x" namespace="urn:y" importType="z"/>', "unsupported"),
        (
            '<inputData id="x" name="x"><variable name="x" typeRef="time"/></inputData>',
            "unsupported",
        ),
    ],
)
def test_what_is_not_supported_is_named(part, code):
    assert problems(model(part))["x"] == code


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "not-xml"),
        (b"<a/>", "not-dmn"),
        (b"<definitions xmlns='urn:other'/>", "not-dmn"),
        (b"\x00\xff", "not-xml"),
        (b"x" * 2_000_001, "too-large"),
        (
            b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
            + HEAD.encode()
            + b"&b;</definitions>",
            "doctype",
        ),
        (HEAD.encode() + b"</definitions>", "empty"),
    ],
)
def test_a_file_that_is_no_model_is_refused(source, code):
    assert [row["code"] for row in report("x.dmn", source)["problems"]] == [code]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (model(table(["age"], [["-", "1"]], policy="COLLECT", outputs=1, aggregation="SUM"),
               inputs=NUMBER), ""),
        (model(table(["age"], [["-", '"x"']], policy="COLLECT", aggregation="SUM"),
               inputs=NUMBER), "type"),
        (model(table(["age"], [["-", "1", "2"]], policy="COLLECT", outputs=2, aggregation="MAX"),
               inputs=NUMBER), "unsupported"),
        (model(table(["age"], [["-", "1"]], policy="FIRST", aggregation="SUM"),
               inputs=NUMBER), "unsupported"),
        (model(table(["age"], [["-", '"c"']], allowed='"a", "b"'), inputs=NUMBER), "unknown-code"),
        (model(literal("d", "1"), literal("d", "2")), "id"),
        (model(literal("d", "max(1," * 24 + "1" + ")" * 24)), "too-long"),
    ],
)  # fmt: skip
def test_what_would_be_wrong_only_later_is_refused_at_once(source, code):
    found = [row.code for row in inspect(source)[1]]

    assert (code in found) if code else (found == [])


def test_the_calendars_ends_and_a_thousand_rows_are_looked_at():
    rows = [[f"{number}", "1"] for number in range(900)]
    source = model(
        table(["day"], [['<= @"9999-12-31"', "1"]], key="d1"),
        table(["age"], [*rows, ["-", "2"]], policy="FIRST", key="d2"),
        inputs={"day": "date", "age": "number"},
    )

    assert problems(source) == {}


def test_a_long_chain_of_decisions_is_read_once_each():
    from rules.read import read
    from rules.uses import of_decision

    links = [literal("d0", "age", requires("age"))]
    links += [
        literal(f"d{n}", f"d{n - 1} + d{n - 1}", requires(decisions=(f"d{n - 1}",)))
        for n in range(1, 40)
    ]
    found = read(model(*links, inputs=NUMBER))

    assert of_decision(found, found.decisions["d39"]) == ["age"]
    many = [literal(f"e{n}", "1") for n in range(300)]
    assert "too-large" in [row.code for row in inspect(model(*many))[1]]


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["a\0b", "\ud800", float("nan"), [1], 10**400])
def test_a_value_that_is_none_is_refused_by_name(value):
    from rules.constants import evaluate
    from rules.read import read

    found = evaluate(
        read(model(literal("d", "x", requires("x")), inputs={"x": "string"})), {"x": value}
    )

    assert found.decisions == {}
    assert "d" in found.refused


@pytest.mark.django_db
def test_rounding_to_unknown_places_is_unknown():
    from rules.constants import evaluate
    from rules.read import read

    source = model(
        literal("d", "round half up(x, n)", requires("x", "n")),
        inputs={"x": "number", "n": "number"},
    )

    assert evaluate(read(source), {"x": 5.5}).decisions == {"d": None}
