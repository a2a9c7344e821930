"""Columns whose content is sealed (`common.crypto`): the database never sees it.

`rotate_keys` finds them by their kind; nobody need name them to it.
"""

from typing import TYPE_CHECKING, Any

import orjson
from django.db import models

from common import crypto

if TYPE_CHECKING:
    BinaryBase = models.BinaryField[Any, Any]
else:  # Django's fields take no type arguments at run time
    BinaryBase = models.BinaryField


class SealedField(BinaryBase):
    """What `crypto.encrypt(text, about=column)` made; opens by `crypto.decrypt` as it is read."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        if value is None:
            return None
        found = crypto.Sealed(value)
        found.about = str(self.column)
        return found


class SealedJsonField(BinaryBase):
    """JSON that is sealed on its way in and opened on its way out; an empty object is no bytes."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        if value is None:
            return None
        data = bytes(value)
        return orjson.loads(crypto.unseal(data, about=str(self.column))) if data else {}

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None:
            data = orjson.dumps(value, default=str)
            value = b"" if value == {} else crypto.seal(data, about=str(self.column))
        return super().get_db_prep_value(value, connection, prepared)
