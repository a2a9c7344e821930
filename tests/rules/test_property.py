"""The compiled statement answers as a plain reading of the same table does, for anybody."""

import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.ask import Question, ask, missing
from rules.compile import compile_model, facts
from rules.model import Model
from rules.read import read
from tests.rules import reading
from tests.rules.models import literal, model, requires, table

TYPES = {"a": "number", "b": "number", "w": "string", "v": "string", "t": "boolean"}
WORDS = ["x", "y", "z"]
PEOPLE = 150
NUMBERS = ["0", "1", "2", "3", "-1", "2.5", "a", "b", "a + 1", "b * 2", "b / a", "max(a, b)",
           "double", "round half up(b / 3, 1)", "(if t then 1 else b)"]  # fmt: skip

number = st.sampled_from(NUMBERS)
number_test = st.one_of(
    st.just("-"),
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), number),
    number,
    st.builds("{}{}..{}{}".format, st.sampled_from("[(]"), number, number, st.sampled_from("])[")),
    st.builds("not({}, > {})".format, st.sampled_from(NUMBERS[:6]), number),
    st.just("null"),
)
word_test = st.one_of(
    st.just("-"),
    st.lists(st.sampled_from(['"x"', '"y"', '"z"', "v"]), min_size=1, max_size=3).map(", ".join),
    st.sampled_from(['not("x")', 'not("x", "y")', "null", "not(null)"]),
)
truth_test = st.sampled_from(["-", "true", "false", "not(true)", "null", "t"])
row = st.tuples(number_test, number_test, word_test, truth_test, number).map(list)


def somebody(dice: random.Random) -> dict[str, Any]:
    numbers = [None, *(Decimal(n) for n in ("-1", "0", "1", "2", "2.5", "3", "4"))]
    return {
        "a": dice.choice(numbers),
        "b": dice.choice(numbers),
        "w": dice.choice([None, *WORDS]),
        "v": dice.choice([None, *WORDS]),
        "t": dice.choice([None, True, False]),
    }


def as_facts(people: list[dict[str, Any]]) -> tuple[str, list[Any]]:
    """People as the rows that a facts statement gives."""
    rows = ", ".join(
        ["(%s::bigint, %s::numeric, %s::numeric, %s::text, %s::text, %s::boolean)"] * len(people)
    )
    values = [value for n, person in enumerate(people) for value in [n, *person.values()]]
    return (
        "SELECT n AS person_id, n AS household_id, '331125' AS division_code, a, b, w, v, t"  # noqa: S608
        f" FROM (VALUES {rows}) people_(n, a, b, w, v, t)",
        values,
    )


def compiled(found: Model) -> Question:
    columns = facts({given.name: given.type for given in found.inputs.values()})
    done = compile_model(found, columns)
    assert done.problems == []
    return Question("t", done, "judged")


@pytest.mark.django_db
@pytest.mark.parametrize("policy", ["FIRST", "UNIQUE", "RULE ORDER"])
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(rows=st.lists(row, min_size=1, max_size=6), seed=st.integers(0, 10**6))
def test_no_difference_on_random_people_and_tables(
    policy: str, rows: list[list[str]], seed: int
) -> None:
    dice = random.Random(seed)
    people = [somebody(dice) for _ in range(PEOPLE)]
    found = read(
        model(
            literal("double", "2 * b - 1", requires("b")),
            table(
                ["a", "a + b", "w", "t"],
                rows,
                policy=policy,
                key="judged",
                needs=list(TYPES),
                decisions=("double",),
            ),
            inputs=TYPES,
        )
    )

    question = compiled(found)
    answers = {row.person_id: row for row in ask([question], as_facts(people), {})}

    for number, person in enumerate(people):
        expected = reading.hit_of(found, "judged", person)
        answer = answers[number].answers["t"]
        if policy == "RULE ORDER":
            assert (list(answer.hits), list(answer.unknown)) == expected, person
            continue
        told = None if answer.conflict else answer.hits[0] if answer.hits else -sum(answer.unknown)
        assert told == expected, person
        value = reading.value_of(found, "judged", person)
        assert same(answer.outputs["out1"], value), (person, value)
        if expected is not None and expected < 0:
            # what a division by nothing leaves unknown lacks no fact
            lacks = missing(question, answer, answers[number].facts)
            assert lacks or person["a"] == 0, person


def same(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return bool(abs(found - expected) < Decimal("1e-12"))


@pytest.mark.django_db
def test_one_persons_error_stops_nobody() -> None:
    source = model(
        table(
            ["a / b", "b ** a"],
            [["> 1", "-", "10 ** (a * 500)"]],
            policy="FIRST",
            key="judged",
            needs=["a", "b"],
        ),
        inputs={"a": "number", "b": "number"},
    )
    values = (0, -1, "0.5", "1e14", 999, None)
    people = [dict.fromkeys(TYPES) | {"a": a, "b": b} for a in values for b in values]

    found = list(ask([compiled(read(source))], as_facts(people), {}))

    assert len(found) == len(people)
    assert connection.is_usable()
