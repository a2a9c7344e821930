"""What clients send: JSON of a sane shape, and nothing larger than it may be."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from common import crypto
from common.errors import InputError
from common.http.answers import problem
from common.http.problems import API

MAX_JSON = 1024 * 1024
MAX_DEPTH = 20
# the largest paper, and what multipart puts around it
MAX_BODY = 20 * 1024 * 1024 + 64 * 1024


class TooLargeError(InputError):
    """More than may be sent."""

    status = 413
    code = "too-large"


class BodyLimit:
    """Middleware: refuse a body by its announced length, before a byte of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.limit: int = getattr(settings, "LIANBAN_MAX_BODY", MAX_BODY)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= self.limit:
            return self.get_response(request)
        if request.path.startswith(API):
            return problem("too-large", 413)
        return HttpResponse(_("内容过大"), status=413, content_type="text/plain; charset=utf-8")


class JsonParser(BaseParser):
    """JSON in UTF-8: no deep nesting, no NUL, no number that is none."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(MAX_JSON + 1)
        if len(raw) > MAX_JSON:
            raise TooLargeError
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise InputError("invalid-data", _("不是有效的 JSON")) from error
        _insist_plain(data)
        return data


def _insist_plain(data: Any) -> None:
    rest = [(data, 1)]
    while rest:
        value, depth = rest.pop()
        if isinstance(value, str):
            if "\0" in value:
                raise InputError("invalid-data", _("含有控制字符"))
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise InputError("invalid-data", _("嵌套过深"))
            if isinstance(value, dict):
                rest += [(key, depth) for key in value]
                value = list(value.values())
            rest += [(inner, depth + 1) for inner in value]


def fingerprint(request: Any) -> bytes:
    """What was asked: method, address and content (a file's by its hash).

    Keyed: a plain hash of a few numbers could be guessed from a copy of the database.
    """
    told = f"{request.method}\n{request.get_full_path()}\n".encode()
    data = request.data
    if hasattr(data, "lists"):  # a form
        data = {key: [_told(value) for value in values] for key, values in data.lists()}
    return crypto.keyed_hash(told + orjson.dumps(data, option=orjson.OPT_SORT_KEYS))


def _told(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    found = hashlib.sha256()
    for chunk in value.chunks():
        found.update(chunk)
    value.seek(0)
    return [value.name, found.hexdigest()]


class Body(serializers.Serializer[Any]):
    """A request's JSON object. `Body.read(data)` gives its clean values or raises."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """Raises the framework's ValidationError, which becomes 422 invalid-data."""
        body = cls(data=data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = body.validated_data
        return values


class Text(serializers.CharField):
    """A text; a number is none."""

    default_error_messages = {"invalid": gettext_lazy("应为文字")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, and nothing that only looks like it."""

    default_error_messages = {"invalid": gettext_lazy("应为 true 或 false")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    """One of some codes; the message does not repeat what was sent."""

    default_error_messages = {"invalid_choice": gettext_lazy("请从选项中选择")}


class Object(serializers.DictField):
    """A JSON object, kept as it is."""

    default_error_messages = {"not_a_dict": gettext_lazy("应为一组字段")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict")
        return data


class Texts(serializers.ListField):
    """Some texts."""

    child = Text(max_length=100)
    default_error_messages = {"not_a_list": gettext_lazy("应为列表")}
