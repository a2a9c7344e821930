"""Every address of the published schema, asked by each role with whatever fits and does not fit.

LIANBAN_FUZZ_EXAMPLES says how many requests an address and role (8).
"""

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import FailureGroup, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.load.town import Town

EXAMPLES = int(os.environ.get("LIANBAN_FUZZ_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
ROLES = [
    "window.fuyun", "town.fuyun", "town2.fuyun", "visit.fuyun", "dept.civil.handler",
    "dept.civil.approver", "supervisor", "curator", "system", "security", "auditor", "leader",
    "charity.hongxi",
]  # fmt: skip
# rows that are there, by the word before the id in the address
KNOWN = """
import json
from cases.models import Case
from households.models import Household, Person
from screening.models import Correction, Finding, Lead
from workflows.models import WorkItem

def ids(model, field="pk"):
    return list(model.objects.order_by("pk").values_list(field, flat=True)[:20])

print(json.dumps({
    "cases": ids(Case), "tasks": ids(WorkItem), "leads": ids(Lead), "findings": ids(Finding),
    "corrections": ids(Correction), "households": ids(Household, "household_no"),
    "persons": ids(Person, "person_no"), "policies": ["min_living"],
}))
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def known(town: Town) -> dict[str, list[Any]]:
    """A county in which cases are open and the rules have found something."""
    plans = town.ask("[[p.township, p.body] for p in plans.make_plans(2, 7, whole=True)]")
    for township, body in plans:
        town.client().post(town.posts[township, "window_clerk"][0], "cases/", body)
    town.close_clients()
    found = json.loads(town.manage("shell", "--no-imports", "-c", KNOWN).splitlines()[-1])
    assert all(found[name] for name in ("cases", "tasks", "leads", "findings"))
    return dict(found)


@pytest.fixture(scope="session")
def schema(base: str) -> Any:
    told = httpx.get(f"{base}/api/v1/schema/", trust_env=False).json()
    return schemathesis.openapi.from_dict(told)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.trust_env = False
        yield found


@pytest.mark.parametrize("role", ROLES)
def test_no_address_fails_or_answers_off_its_schema(town, base, known, schema, session, role):
    headers = {"Authorization": f"Token {town.tokens[role]}"}
    rng = random.Random(role)
    asked = set()
    wrong: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @hypothesis.given(case=fitting_or_not(operation))
        def ask(case: schemathesis.Case) -> None:
            aim(case, known, rng)
            answer = case.call(base_url=base, session=session, headers=headers)
            asked.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        try:
            ask()
        except FailureGroup as found:  # all addresses are asked, then all is told
            wrong += [f"{operation.label}: {error!r} {error}" for error in found.exceptions]

    log = (town.home / "logs" / "web.log").read_text()[-5000:]
    assert not wrong, "\n\n".join([*wrong, log])
    assert {200, 404, 422} <= asked  # it came through to what is there


def fitting_or_not(operation: Any) -> Any:
    kinds = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    return st.one_of([operation.as_strategy(generation_mode=kind) for kind in kinds])


def aim(case: schemathesis.Case, known: dict[str, list[Any]], rng: random.Random) -> None:
    """Two of three requests are about something that is there."""
    if rng.random() < 0.34:
        return
    for name in case.path_parameters or {}:
        before = case.operation.path.partition("{" + name)[0].rstrip("/").rpartition("/")[2]
        if found := known.get(before):
            case.path_parameters[name] = rng.choice(found)
