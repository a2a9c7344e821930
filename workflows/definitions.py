"""Deployed definitions as specifications in memory."""

from functools import lru_cache

from workflows.engine.parse import Compiled, cached, compile_source
from workflows.models import Definition


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
