"""Tables asked about people: one statement for any number of tables and people."""
# ruff: noqa: S608 - statements are made of compiled tables, whose texts are quoted

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from django.db import connection, transaction

from common.ahead import read_ahead
from rules import uses
from rules.compile import Compiled, quoted
from rules.model import Rule
from rules.tables import Compiled as CompiledTable

FETCH = 2000
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """One table of a compiled model. Models asked together differ in their prefix."""

    key: str
    compiled: Compiled
    decision: str

    @property
    def table(self) -> CompiledTable:
        return self.compiled.tables[self.decision]

    @cached_property
    def names(self) -> list[str]:
        """The facts and parameters that the table may read, by way of other decisions too."""
        model = self.compiled.model
        return uses.of_decision(model, model.decisions[self.decision])

    @cached_property
    def needed(self) -> set[str]:
        """Those that anything in the model reads."""
        model = self.compiled.model
        return {n for d in model.decisions.values() for n in uses.of_decision(model, d)}

    @cached_property
    def row_names(self) -> dict[int, list[str]]:
        """Those that tell whether a row (from 1) holds."""
        model, table = self.compiled.model, self.table.table
        return {n: uses.of_row(model, table, n) for n in range(1, len(table.rules) + 1)}


@dataclass(frozen=True)
class Answer:
    """hits: numbers of the rows that hold, from 1, the deciding one first. unknown: rows that
    cannot be told; of a table that answers with one row, the first of them, and only where it
    stands in the way. outputs: of the deciding row, by name. told: of a table that answers with
    many rows, outputs by row number, of unknown rows too. conflict: rows contradict each other.
    """

    table: CompiledTable
    hits: tuple[int, ...]
    unknown: tuple[int, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    conflict: bool = False

    @property
    def row(self) -> Rule | None:
        """The deciding row."""
        return self.table.table.rules[self.hits[0] - 1] if self.hits else None

    @property
    def rows(self) -> list[Rule]:
        return [self.table.table.rules[number - 1] for number in self.hits]


@dataclass(frozen=True)
class Found:
    """One person's answers by the questions' keys, and the facts they rest on."""

    person_id: int
    household_id: int
    answers: Mapping[str, Answer]
    facts: Mapping[str, Any]


def ask(
    questions: Sequence[Question],
    facts: tuple[str, Sequence[Any]],
    parameters: Mapping[str, str],
    *,
    only_found: bool = False,
    differing: Sequence[tuple[Question, Question]] = (),
    few: bool = False,
) -> Iterator[Found]:
    """facts: a statement that gives a row a person (person_id, household_id, division_code and the
    facts), with its values. parameters: SQL by name (rules.parameters.columns). only_found: leave
    out people of whom no table says anything. differing: pairs of the questions; leave out people
    of whom both of every pair say the same (where another text of a table answers with many rows:
    of whom neither says anything). Rows stream from the server, read ahead by a connection of its
    own that sees what is committed: memory stays flat. few: no more than some people are asked
    about, at once and in the caller's transaction.
    """
    where = _differs(differing) or (_says(questions) if only_found else "")
    statement = _statement(questions, facts[0], parameters, where)
    rows = partial(_all if few else _some, statement, list(facts[1]))
    for batch in rows() if few else read_ahead(rows):
        for row in batch:
            yield _found(questions, row)


def _all(statement: str, values: list[Any]) -> Generator[list[Row]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        yield cursor.fetchall()


def _some(statement: str, values: list[Any]) -> Generator[list[Row]]:
    # outside a transaction a cursor on the server finds everything before it gives anything
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        with connection.cursor() as settings:
            # after an import the planner may take full tables for empty: no row-by-row joins
            settings.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(FETCH):
            yield rows


def _statement(
    questions: Sequence[Question], facts: str, parameters: Mapping[str, str], where: str
) -> str:
    selected = []
    for question in questions:
        table = question.table
        if table.is_single:
            outputs = ", ".join(
                f"'o{n}', {table.alias}.o{n}" for n in range(1, len(table.table.outputs) + 1)
            )
            selected += [f"{table.alias}.hit", "NULL", f"jsonb_build_object({outputs})::text"]
        else:
            selected += [f"{table.alias}.hits", f"{table.alias}.unknown", table.told]
    given = "".join(f", {text} AS {quoted(name)}" for name, text in parameters.items())
    early, late = _layers(questions)
    # what the facts come from has a WITH of its own, so that nothing of it is computed twice
    return (
        _escaped(f"SELECT f.person_id, f.household_id, to_jsonb(f)::text, {', '.join(selected)}")
        + f" FROM (SELECT facts_.*{_escaped(given)} FROM ({facts}) facts_) f"
        + _escaped(f"{early}{late}{where and f' WHERE {where}'}")
    )


def _layers(questions: Sequence[Question]) -> tuple[str, str]:
    """Layers in two parts: what tells whether anything is said stands before the answers, which
    are then made for those alone of whom something is (the planner keeps this order)."""
    early, late = "", ""
    for compiled in {id(q.compiled): q.compiled for q in questions}.values():
        asked = [q.table for q in questions if q.compiled is compiled and not q.table.is_single]
        cut = min(map(compiled.place_of, asked), default=len(compiled.layers))
        early += compiled.laterals(0, cut)
        late += compiled.laterals(cut)
    return early, late


def _says(questions: Sequence[Question]) -> str:
    """Some table says something."""
    return " OR ".join(f"({question.table.says})" for question in questions)


def _differs(pairs: Sequence[tuple[Question, Question]]) -> str:
    """Some pair's outputs are not the same. Of tables that answer with many rows: other rows hold,
    or say something else; where the two have not the same rows, either says something."""
    return " OR ".join(
        _other_outputs(*pair) if pair[0].table.is_single else _other_rows(*pair) for pair in pairs
    )


def _other_rows(one: Question, other: Question) -> str:
    a, b = one.table, other.table
    if a.table.rules != b.table.rules:
        return f"({_says((one, other))})"
    told = f"cardinality({a.alias}.hits) > 0 AND {a.told} IS DISTINCT FROM {b.told}"
    rows = (f"({alias}.hits, {alias}.unknown)" for alias in (a.alias, b.alias))
    return f"({' IS DISTINCT FROM '.join(rows)} OR {told})"


def _other_outputs(one: Question, other: Question) -> str:
    """By the outputs' names: another text of a table may have them in another order. As texts, so
    that kinds need not agree: what only looks different is for the reader to see."""
    a, b = (
        {
            column.name: f"{q.table.alias}.o{n}::text"
            for n, column in enumerate(q.table.table.outputs, start=1)
        }
        for q in (one, other)
    )
    names = [name for name in a if name in b]
    found = [f"{a[name]} IS DISTINCT FROM {b[name]}" for name in names]
    return f"({' OR '.join(found) or 'true'})"


def _escaped(text: str) -> str:
    """Literals hold per cent signs; the facts' placeholders are the only ones."""
    return text.replace("%", "%%")


def _found(questions: Sequence[Question], row: Sequence[Any]) -> Found:
    answers = {}
    for place, question in enumerate(questions):
        first, second, third = row[3 + 3 * place : 6 + 3 * place]
        table = question.table
        told = json.loads(third, parse_float=Decimal, parse_int=Decimal) if third else {}
        if table.is_single:
            answers[question.key] = _single(table, first, told)
        else:
            by_row = {int(number): outputs for number, outputs in told.items()}
            answers[question.key] = Answer(table, tuple(first), tuple(second), told=by_row)
    facts = json.loads(row[2], parse_float=Decimal)
    return Found(row[0], row[1], answers, facts)


def _single(table: CompiledTable, hit: int | None, told: Mapping[str, Any]) -> Answer:
    names = [column.name or table.table.id for column in table.table.outputs]
    outputs = {name: told.get(f"o{n}") for n, name in enumerate(names, start=1)}
    return Answer(
        table=table,
        hits=(hit,) if hit is not None and hit > 0 else (),
        unknown=(-hit,) if hit is not None and hit < 0 else (),
        outputs=outputs,
        conflict=hit is None,
    )


def missing(
    question: Question, answer: Answer, facts: Mapping[str, Any], row: int | None = None
) -> list[str]:
    """Names of the facts without which the unknown rows (or one of them) cannot be told."""
    found: dict[str, None] = {}
    for number in answer.unknown if row is None else (row,):
        for name in question.row_names[number]:
            if name in facts and facts[name] is None:
                found[name] = None
    return list(found)
