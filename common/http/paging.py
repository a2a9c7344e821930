"""Lists: pages by a cursor that stands for a place, not for a count."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from common.errors import InputError

MAX_LIMIT = 100
DEFAULT_LIMIT = 50


@dataclass(frozen=True)
class Page[T]:
    """Rows with the addresses of the pages around them."""

    rows: list[T]
    next: str | None
    previous: str | None

    def around(self, results: list[Any]) -> dict[str, Any]:
        """The answer of a list."""
        return {"results": results, "next": self.next, "previous": self.previous}
