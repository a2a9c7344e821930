"""An owner of instances that places everything in one unit and remembers what it was told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from common import clock
from permissions.models import OrgUnit, User
from workflows import hooks, operators, steps
from workflows.hooks import Placement, StepMeta, StepResult, TimerMeta
from workflows.models import Instance, WorkItem
from workflows.services.definitions import deploy_definition


@dataclass
class Owner:
    unit: OrgUnit
    results: list[StepResult] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    refuse: Exception | None = None

    def before_write(self, instance: Instance) -> None:
        if self.refuse:
            raise self.refuse

    def place(self, instance: Instance, step: StepMeta) -> Placement:
        return Placement(self.unit.pk, step.role, due_at=clock.now() + timedelta(days=5))

    def timer_due(self, instance: Instance, timer: TimerMeta) -> datetime:
        return clock.now() + timedelta(days=7)

    def after_step(self, result: StepResult) -> None:
        self.results.append(result)


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(username="zhang", name="张三")


@pytest.fixture
def owner(db: None) -> Iterator[Owner]:
    unit = OrgUnit.objects.create(code="fuyun", name="浮云街道", kind="township")
    found = Owner(unit)
    hooks.register("test", found)

    @operators.operator("test.note")
    def note(instance: Instance, **parameters: Any) -> dict[str, Any]:
        found.calls.append(parameters)
        return {"noted": len(found.calls)}

    @operators.operator("test.fail")
    def fail(instance: Instance, **_parameters: Any) -> dict[str, Any]:
        raise ZeroDivisionError("the register does not answer")

    yield found
    hooks._registry.pop("test")


@dataclass
class Flow:
    """One instance, driven by step ids."""

    instance: Instance
    user: User
    owner: Owner

    def item(self, step: str) -> WorkItem:
        return WorkItem.objects.open().get(instance_id=self.instance.pk, step=step)

    def open(self) -> list[str]:
        return sorted(self.instance.items.open().values_list("step", flat=True))

    def waits(self) -> list[str]:
        rows = self.instance.timers.filter(fired_at=None).values_list("element", flat=True)
        return sorted([*rows, *self.instance.subscriptions.values_list("element", flat=True)])

    @transaction.atomic
    def do(self, step: str, **answers: Any) -> StepResult:
        item = steps.lock_work_item(self.item(step).pk)
        return steps.advance(item, actor=self.user, answers=answers)

    @transaction.atomic
    def back(self, step: str, to: str | None = None) -> StepResult:
        item = steps.lock_work_item(self.item(step).pk)
        return steps.return_item(item, step=to, actor=self.user)

    @transaction.atomic
    def tell(self, message: str, **payload: Any) -> StepResult | None:
        return steps.deliver_message(instance_id=self.instance.pk, message=message, payload=payload)

    @transaction.atomic
    def fire(self, element: str) -> StepResult | None:
        return steps.fire_timer(self.instance.timers.get(element=element, fired_at=None).pk)

    def sound(self) -> bool:
        return steps.projection_differences([Instance.objects.get(pk=self.instance.pk)]) == []

    @property
    def status(self) -> str:
        return Instance.objects.get(pk=self.instance.pk).status


@pytest.fixture
def run(owner: Owner, user: User) -> Any:
    """Deploy a drawing and start it."""

    def start(source: bytes, **data: Any) -> Flow:
        with transaction.atomic():
            definition = deploy_definition(source=source, actor=user)
            instance = steps.start_instance(
                process_id=definition.process_id,
                owner_type="test",
                owner_id=1,
                subject_id=1,
                data=data,
                actor=user,
                definition=definition,
            )
        return Flow(instance, user, owner)

    return start
