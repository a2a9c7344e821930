"""Deployed definitions: published, looked at without running anything, kept in memory."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from common import clock
from workflows import operators
from workflows.engine import check
from workflows.engine.parse import Compiled, cached, compile_source, describe, inspect
from workflows.engine.read import Node
from workflows.errors import DefinitionError, Problem
from workflows.models import Definition

if TYPE_CHECKING:
    from permissions.models import User


@dataclass(frozen=True)
class DefinitionReport:
    """What a file would be if it were deployed. meta is None where a problem stands in the way."""

    problems: list[Problem]
    process_id: str | None
    meta: dict[str, Any] | None


def inspect_definition(source: bytes) -> DefinitionReport:
    """All problems of a file that is to be deployed, unknown operators included.

    Reads only: nothing is executed, nothing written. Never raises for the file's sake.
    """
    try:
        meta = compile_source(source).meta
    except DefinitionError as error:
        return DefinitionReport(error.problems, None, None)
    problems = _unknown_operators(source)
    return DefinitionReport(problems, meta["process_id"], None if problems else meta)


@transaction.atomic
def deploy_definition(*, source: bytes, actor: "User | None") -> Definition:
    """Publish a file as the next version of its process; the same content gives the same version.

    Not durable: a package is deployed whole, in one transaction. Raises DefinitionError with every
    problem by element id.
    """
    compiled = compile_source(source)
    if problems := _unknown_operators(source):
        raise DefinitionError(problems)
    process_id = compiled.meta["process_id"]
    with connection.cursor() as cursor:  # one deployment of a process at a time
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"process {process_id}"])
    rows = Definition.objects.filter(process_id=process_id)
    if found := rows.filter(content_hash=compiled.key).first():
        return found
    last = rows.order_by("-version").values_list("version", flat=True).first() or 0
    return Definition.objects.create(
        process_id=process_id,
        version=last + 1,
        content_hash=compiled.key,
        source=source,
        meta=compiled.meta,
        deployed_at=clock.now(),
    )


def check_file(name: str, source: bytes) -> dict[str, Any]:
    """One file's line in the answer of check_bpmn."""
    report = inspect(source)
    processes = []
    for graph in report.graphs:
        problems = check.check_graph(graph)
        processes.append(
            {
                "id": graph.id,
                "name": graph.name,
                "runs": not problems,
                "elements": len(graph.nodes),
                "steps": [] if problems else list(describe(graph)["steps"]),
                "operators": [] if problems else describe(graph)["operators"],
            }
        )
    return {
        "name": name,
        "ok": not report.problems,
        "processes": processes,
        "problems": [problem.as_dict() for problem in report.problems],
    }


def _unknown_operators(source: bytes) -> list[Problem]:
    return [
        Problem(node.id, "unknown-operator", f"nothing is registered as {name}")
        for graph in inspect(source).graphs
        for node in graph.nodes.values()
        for name in operators.unknown(_called(node))
    ]


def _called(node: Node) -> list[str]:
    """The operators that an element calls."""
    match node.kind:
        case "serviceTask":
            return [check.operator_of(node)[0]]
        case "businessRuleTask":
            return [operators.DECISION]
    return []


@lru_cache(maxsize=1000)
def _hash_of(definition_id: int) -> str:
    found: str = Definition.objects.values_list("content_hash", flat=True).get(pk=definition_id)
    return found


def compiled(definition_id: int) -> Compiled:
    """The specification of a deployed definition; rows are read once a machine process.

    The row's id only leads to the content's hash: two definitions never share by name.
    """
    found = cached(_hash_of(definition_id))
    if found is None:
        found = compile_source(bytes(Definition.objects.get(pk=definition_id).source))
    return found


def latest(process_id: str) -> Definition:
    """The newest version of a process. Raises Definition.DoesNotExist."""
    rows = Definition.objects.filter(process_id=process_id).order_by("-version")
    found = rows.defer("source", "meta").first()
    if found is None:
        raise Definition.DoesNotExist(process_id)
    return found
