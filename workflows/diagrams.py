"""How far an instance is, for its drawing and as ordered text."""

from typing import Any

from django.utils.translation import gettext as _

from common import clock
from workflows.definitions import compiled
from workflows.engine.run import Process
from workflows.models import Instance, WorkItem


def xml(instance: Instance) -> str:
    """The drawing as it was deployed."""
    return bytes(instance.definition.source).decode()


def elements(instance: Instance) -> dict[str, str]:
    """Element id to `done`, `active`, `waiting` or `failed`; the others are still to come."""
    process = Process.load(compiled(instance.definition_id), bytes(instance.state))
    found = process.states()
    if instance.has_incident:
        rows = instance.incidents.open().exclude(element="")
        found |= dict.fromkeys(rows.values_list("element", flat=True), "failed")
    return found


def text(instance: Instance, states: dict[str, str] | None = None) -> list[str]:
    """The drawing's twin: one line an element that a person or a wait stands behind, in order."""
    states = elements(instance) if states is None else states
    meta = compiled(instance.definition_id).meta
    items = {
        item.step: item
        for item in instance.items.select_related("org_unit", "assignee", "finished_by").order_by(
            "pk"
        )
    }
    timers = dict(instance.timers.filter(fired_at=None).values_list("element", "due_at"))
    lines: list[str] = []
    for element in meta["order"]:
        if element in meta["steps"]:
            line = _step_line(meta["steps"][element], states.get(element), items.get(element))
        elif element in meta["timers"] or element in meta["messages"]:
            line = _wait_line(meta["elements"][element], states.get(element), timers.get(element))
        elif element in meta["ends"] and states.get(element):
            line = _("结束：%s") % (meta["ends"][element]["name"] or element)
        else:
            continue
        lines.append(f"{len(lines) + 1}. {line}")
    return lines


def _step_line(step: dict[str, Any], state: str | None, item: WorkItem | None) -> str:
    where = item.org_unit.name if item is not None else step["lane"]
    parts = [_("%(step)s（%(where)s）：") % {"step": step["name"], "where": where} + _word(state)]
    if item is not None and item.iteration > 1:
        parts.append(_("第 %d 次") % item.iteration)
    if item is not None and state == "done" and item.finished_by and item.finished_at:
        day = clock.day_of(item.finished_at)
        parts.append(f"{item.finished_by.name} {day}")
    elif item is not None and state == "active" and item.due_at:
        parts.append(_("截止 %s") % clock.day_of(item.due_at))
    return _("，").join(parts)


def _wait_line(row: dict[str, Any], state: str | None, due_at: Any) -> str:
    line: str = _("等待：%s") % row["name"] + _("：") + _word(state)
    if due_at is not None:
        line += _("，") + _("至 %s") % clock.day_of(due_at)
    return line


def _word(state: str | None) -> str:
    words: dict[str, str] = {
        "done": _("已完成"),
        "active": _("待办理"),
        "waiting": _("等待中"),
        "failed": _("异常"),
    }
    return words.get(state or "", _("尚未到达"))
