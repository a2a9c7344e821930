"""Answers as JSON, and problems as RFC 9457 has them."""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import orjson
from django.http import FileResponse, HttpResponse

from common.errors import MESSAGES, FieldError

PROBLEM = "application/problem+json"


def download(content: BinaryIO, *, name: str, content_type: str) -> FileResponse:
    """A file that somebody gave us: saved, not shown, and harmless where it is shown all the same.

    The type is ours to say (`nosniff` comes with every answer); the name is whatever it was.
    """
    response = FileResponse(content, content_type=content_type, filename=name, as_attachment=True)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def plain(data: Any) -> Any:
    """The JSON values of an answer: texts to be translated become text."""
    return orjson.loads(orjson.dumps(data, default=str))


def answer(data: Any, status: int = 200, *, kept: bool = False) -> HttpResponse:
    """JSON in UTF-8. kept: keys sorted, so that a kept answer is the same to the byte."""
    option = orjson.OPT_SORT_KEYS if kept else 0
    body = orjson.dumps(data, default=str, option=option)
    return HttpResponse(body, status=status, content_type="application/json")


def problem(
    code: str,
    status: int,
    *,
    detail: Any = "",
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> HttpResponse:
    """A named problem. extra: what it met, such as `case_number`, `assignee`."""
    title = str(MESSAGES.get(code, code))
    body: dict[str, Any] = {
        "type": f"urn:lianban:problem:{code}",
        "title": title,
        "status": status,
        "detail": str(detail or title),
        "code": code,
        **extra,
    }
    fields = [error.as_dict() for error in errors]
    if fields:
        body["errors"] = fields
    return HttpResponse(
        orjson.dumps(body, default=str), status=status, content_type=PROBLEM, headers=headers
    )
