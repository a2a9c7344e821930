"""Lists: pages by a cursor that stands for a place, not for a count."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from common.errors import InputError

MAX_LIMIT = 100
DEFAULT_LIMIT = 50
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows with the addresses of the pages around them."""

    rows: list[M]
    next: str | None
    previous: str | None

    def around(self, results: list[Any]) -> dict[str, Any]:
        """The answer of a list."""
        return {"results": results, "next": self.next, "previous": self.previous}


def paginate(request: Any, rows: QuerySet[M], *, order: str) -> Page[M]:
    """One page of rows, by `limit` and `cursor` of the address, in one query.

    order: a unique column, with "-" for downwards. Raises InputError for a bad limit or cursor.
    """
    limit = _limit(request.GET.get("limit"))
    downwards, column = order.startswith("-"), order.lstrip("-")
    start = _read(request.GET.get("cursor"), rows.model._meta.get_field(column))
    backwards = start is not None and start[0] == "b"
    if start is not None:
        side = "lt" if downwards != backwards else "gt"
        rows = rows.filter(**{f"{column}__{side}": start[1]})
    found = list(rows.order_by(("-" if downwards != backwards else "") + column)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ahead, behind = (True, more) if backwards else (more, start is not None)

    def link(to: str, row: M) -> str:
        return _address(request, to, getattr(row, column))

    return Page(
        rows=found,
        next=link("f", found[-1]) if found and ahead else None,
        previous=link("b", found[0]) if found and behind else None,
    )


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0:
        raise InputError("invalid-data", _("应为 1 到 100 的整数"), field="limit")
    return min(int(text[:9]), MAX_LIMIT)


def _read(text: str | None, column: Any) -> tuple[str, Any] | None:
    if text is None:
        return None
    try:
        to, value = orjson.loads(base64.urlsafe_b64decode(text.encode()))
        if to not in {"f", "b"} or not isinstance(value, int | str) or "\0" in str(value):
            raise ValueError
        return to, column.to_python(value)
    except (ValueError, TypeError, binascii.Error, ValidationError) as error:
        raise InputError("invalid-data", _("游标有误"), field="cursor") from error


def _address(request: Any, to: str, value: Any) -> str:
    params = request.GET.copy()
    params["cursor"] = base64.urlsafe_b64encode(orjson.dumps([to, value])).decode()
    return str(request.build_absolute_uri(f"{request.path}?{params.urlencode()}"))
