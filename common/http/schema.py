"""The published OpenAPI schema: what every operation has in common, and a page to read it."""

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

PROBLEMS = {
    "401": "not signed in",
    "403": "seen, but not to be done by this user",
    "404": "not there, or not to be seen by this user",
    "409": "met something that is there already; names it",
    "413": "larger than may be sent",
    "415": "another type than accepted",
    "422": "what was sent does not fit",
    "429": "asked too often; `Retry-After` says for how many seconds to wait",
    "500": "something that nobody foresaw",
    "503": "the database is away for a moment; try again",
}
OF_POSTS = {"409", "413", "415"}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. A conflict names what it met.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:lianban:problem:open-case-exists"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "case_number": {"type": "string"},
        "assignee": {"type": "string"},
        "matter": {"type": "string"},
        "retry_after": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Repeated with the same body it answers the same again and does nothing; "
    "with another body 422 `idempotency-mismatch`.",
}


def add_common(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Problems for every operation, the Idempotency-Key for every POST."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result.get("paths", {}).values():
        for verb, operation in operations.items():
            if verb == "post":
                operation.setdefault("parameters", []).append(KEY)
            for status, text in PROBLEMS.items():
                if verb == "post" or status not in OF_POSTS:
                    operation["responses"][status] = _problem(text)
    return result


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}


def _generated() -> Any:
    generator: Any = SchemaGenerator
    return generator().get_schema(request=None, public=True)


@cache
def document(_language: str | None) -> dict[str, Any]:
    """The whole schema; made once a process and language."""
    found: dict[str, Any] = _generated()
    return found


@require_safe
def schema(_request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON."""
    body = orjson.dumps(document(get_language()), default=str)
    return HttpResponse(body, content_type="application/vnd.oai.openapi+json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same to read in a browser."""
    found = document(get_language())
    operations = [
        _readable(path, verb, operation)
        for path, verbs in found["paths"].items()
        for verb, operation in verbs.items()
    ]
    schemas = [(name, _pretty(row)) for name, row in found["components"]["schemas"].items()]
    page = {"operations": operations, "schemas": schemas}
    return render(request, "common/api_docs.html", page)


def _readable(path: str, verb: str, operation: dict[str, Any]) -> dict[str, Any]:
    answers = [
        (status, _name(row) or row.get("description", ""))
        for status, row in operation["responses"].items()
    ]
    body = operation.get("requestBody")
    return {
        **operation,
        "path": path,
        "verb": verb.upper(),
        "body": _name(body) if body else "",
        "answers": answers,
    }


def _name(row: dict[str, Any]) -> str:
    """Which structures a body or an answer is, with its media types; problems by their words."""
    told = []
    for media_type, content in row.get("content", {}).items():
        if "problem" in media_type:
            return ""
        reference = content.get("schema", {}).get("$ref", "")
        told.append(f"{media_type}: {reference.rpartition('/')[2] or 'object'}")
    return ", ".join(told)


def _pretty(data: Any) -> str:
    return orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode()
