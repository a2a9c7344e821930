"""Who owns instances: rooms above register here what the workflow room must ask or tell them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from workflows.models import Instance, Subscription, Timer, WorkItem


@dataclass(frozen=True)
class StepMeta:
    """A human step as the diagram has it. iteration: 1 for the first visit."""

    id: str
    name: str
    lane: str
    role: str
    organisation: str
    properties: dict[str, str]
    iteration: int = 1


@dataclass(frozen=True)
class TimerMeta:
    """A timer as the diagram has it: limit in our words (`7d`), duration in ISO 8601 (`P7D`)."""

    id: str
    name: str
    limit: str
    duration: str
    properties: dict[str, str]


@dataclass(frozen=True)
class Placement:
    """Where a work item goes. name: other than the step's."""

    org_unit_id: int
    role: str
    due_at: datetime | None = None
    warn_at: datetime | None = None
    due_reason: str = ""
    name: str | None = None


@dataclass(frozen=True)
class End:
    """The end event that a process came to, and its variables."""

    element: str
    outcome: str
    data: dict[str, Any]
    name: str = ""


@dataclass
class StepResult:
    """What one advance of an instance changed; already written.

    fired: element ids that ran. subscribed and timers: the new ones. ended: when the whole
    process is complete. data: its variables. open_…: where it rests now, new ones included.
    """

    instance: "Instance"
    finished: "WorkItem | None" = None
    created: "list[WorkItem]" = field(default_factory=list)
    cancelled: "list[WorkItem]" = field(default_factory=list)
    subscribed: "list[Subscription]" = field(default_factory=list)
    timers: "list[Timer]" = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    ended: End | None = None
    data: dict[str, Any] = field(default_factory=dict)
    actor: Any = None
    open_items: int = 0
    open_timers: int = 0
    open_messages: set[str] = field(default_factory=set)


class InstanceHooks(Protocol):
    """What an owner of instances answers. Called inside the transaction, the instance locked.

    before_write comes after the engine has run and before anything is written: the place to lock
    what the owner needs and to refuse what ended meanwhile.
    """

    def before_write(self, instance: "Instance") -> None: ...

    def place(self, instance: "Instance", step: StepMeta) -> Placement: ...

    def timer_due(self, instance: "Instance", timer: TimerMeta) -> datetime: ...

    def after_step(self, result: StepResult) -> None: ...


_registry: dict[str, InstanceHooks] = {}


def register(owner_type: str, hooks: InstanceHooks) -> None:
    """Called once for an owner type, in `apps.py` of the owner's room."""
    _registry[owner_type] = hooks


def hooks_for(owner_type: str) -> InstanceHooks:
    return _registry[owner_type]
