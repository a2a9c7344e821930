"""The DMN Technology Compatibility Kit, level 2: every expected result, by the same compiler."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from rules.constants import Evaluated, evaluate
from rules.inspect import inspect
from rules.model import Model
from rules.read import read
from tests.rules.kit import KIT, Expected, cases

EXPECTED = cases()
TESTS = 116


@lru_cache
def model_of(path: Path) -> Model:
    return read(path.read_bytes())


def evaluated(row: Expected) -> Evaluated:
    return evaluate(model_of(row.model), row.inputs)


def same(found: Any, expected: Any) -> bool:
    """Numbers to eight places, as the kit's own runner compares them."""
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= Decimal("1e-8") * max(Decimal(1), abs(expected))
    if isinstance(found, list) and isinstance(expected, list):
        pairs = zip(found, expected, strict=False)
        return len(found) == len(expected) and all(same(a, b) for a, b in pairs)
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[k], expected[k]) for k in found)
    return type(found) is type(expected) and bool(found == expected)


@pytest.mark.django_db
def test_every_result_of_the_kit_is_right(record_property: Callable[..., None]) -> None:
    if not EXPECTED:
        pytest.skip(f"the kit is not at {KIT}")

    results = [(row, evaluated(row)) for row in EXPECTED]

    refused = [
        f"{row} {f.refused[row.decision]}" for row, f in results if row.decision in f.refused
    ]
    wrong = [
        f"{row} {row.decision}: {found.decisions[row.decision]!r}, not {row.value!r}"
        for row, found in results
        if row.decision in found.decisions and not same(found.decisions[row.decision], row.value)
    ]
    bad = {name.split()[0] for name in [*refused, *wrong]}
    told = f"{TESTS - len(bad)} of {TESTS} right, {len(wrong)} wrong, {len(refused)} refused"
    record_property("score", f"DMN kit, level 2: {told}")  # at the end of the run's output
    assert wrong == []
    assert refused == []
    assert len({str(row) for row in EXPECTED}) == TESTS


def test_every_model_of_the_kit_passes_the_checks() -> None:
    if not EXPECTED:
        pytest.skip(f"the kit is not at {KIT}")

    found = {path.stem: inspect(path.read_bytes())[1] for path in sorted(KIT.glob("*/*.dmn"))}

    assert {name: problems for name, problems in found.items() if problems} == {}
