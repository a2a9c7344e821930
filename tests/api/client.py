"""A client of the API as one member of staff; every answer is held against the schema."""

import json
import re
from functools import cache
from typing import Any

import orjson
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from knox.models import AuthToken

from common.http.schema import document
from permissions.models import User

BASE = "/api/v1/"


class Answer:
    """A response: status, headers, and what it says."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.raw: bytes = response.content

    @property
    def data(self) -> Any:
        return orjson.loads(self.raw)

    @property
    def code(self) -> str:
        """A problem's code."""
        return str(self.data["code"])


class Api:
    """Calls with a token."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers: dict[str, str] = {}
        if user is not None:
            _row, token = AuthToken.objects.create(user=user)
            self.headers["Authorization"] = f"Token {token}"

    def get(self, path: str, **params: Any) -> Answer:
        address = path if path.startswith("http") else BASE + path
        response = self.client.get(address, params or None, headers=self.headers)
        return self._checked("get", path, response)

    def post(self, path: str, body: Any = None, *, key: str = "", raw: bytes = b"") -> Answer:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        content = raw or (b"" if body is None else json.dumps(body).encode())
        response = self.client.post(
            BASE + path, content, content_type="application/json", headers=headers
        )
        return self._checked("post", path, response)

    def send(self, path: str, fields: dict[str, Any], *, key: str = "") -> Answer:
        """A form with a file."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        response = self.client.post(BASE + path, fields, headers=headers)
        return self._checked("post", path, response)

    def _checked(self, verb: str, path: str, response: Any) -> Answer:
        answer = Answer(response)
        if not path.startswith("http"):
            insist_on_schema(verb, path, answer)
        return answer


def insist_on_schema(verb: str, path: str, answer: Answer) -> None:
    """The published schema tells the truth about this answer."""
    operation = operation_of(verb, "/api/v1/" + path.partition("?")[0])
    if operation is None:
        assert answer.status in {404, 405}, (path, answer.status)
        return
    told = operation["responses"].get(str(answer.status))
    if answer.status == 405:
        return
    assert told is not None, f"{verb} {path}: {answer.status} is not in the schema"
    media_type = answer.headers["Content-Type"]
    schema = told["content"][media_type]["schema"]
    whole = {**schema, "components": document("zh-hans")["components"]}
    errors = list(
        Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(answer.data)
    )
    assert not errors, f"{verb} {path}: {errors[0].json_path} {errors[0].message[:300]}"


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    paths = document("zh-hans")["paths"]
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", p) + r"\Z"), ops) for p, ops in paths.items()]


def operation_of(verb: str, path: str) -> dict[str, Any] | None:
    for pattern, operations in _patterns():
        if pattern.match(path):
            found: dict[str, Any] | None = operations.get(verb)
            return found
    return None
