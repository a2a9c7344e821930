"""Deploying process definitions as a use case of its own."""

from typing import TYPE_CHECKING

from common.usecase import use_case
from workflows import definitions
from workflows.definitions import check_file, deploy_definition, inspect_definition
from workflows.models import Definition

if TYPE_CHECKING:
    from permissions.models import User

__all__ = ["check_file", "deploy_definition", "inspect_definition", "publish_definition"]


@use_case
def publish_definition(*, source: bytes, actor: "User | None") -> Definition:
    """Deploy one file in a transaction of its own. Raises DefinitionError."""
    return definitions.deploy_definition(source=source, actor=actor)
