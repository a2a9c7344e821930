"""A case's events as sentences, in order."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import catalogue
from cases.models import Case, Matter
from cases.sight import WHOLE, Sight
from common import clock
from common.models import Event
from permissions.models import User

SENTENCES: dict[str, Any] = {
    "case.opened": gettext_lazy("受理申请 %(number)s"),
    "case.closed": gettext_lazy("全部事项办结"),
    "case.withdrawn": gettext_lazy("申请人撤回：%(reason)s"),
    "matter.started": gettext_lazy("开始办理，期限 %(due_on)s"),
    "matter.waiting": gettext_lazy("等待联合核查或前置事项"),
    "matter.decided": gettext_lazy("办理结果：%(outcome)s"),
    "matter.ended": gettext_lazy("事项结束：%(outcome)s。%(reason)s"),
    "task.ready": gettext_lazy("待办“%(name)s”"),
    "task.claimed": gettext_lazy("认领“%(name)s”"),
    "task.released": gettext_lazy("放回“%(name)s”"),
    "task.completed": gettext_lazy("完成“%(name)s”"),
    "task.returned": gettext_lazy("退回“%(name)s”：%(reason)s"),
    "task.transferred": gettext_lazy("“%(name)s”交由同事办理：%(reason)s"),
    "task.cancelled": gettext_lazy("取消“%(name)s”"),
    "supplement.asked": gettext_lazy("通知补正：%(kinds)s，%(due_on)s 前。%(message)s"),
    "supplement.received": gettext_lazy("补正材料收齐：%(kinds)s"),
    "clock.started": gettext_lazy("时限起算：%(text)s"),
    "clock.paused": gettext_lazy("时限中止：%(ground)s"),
    "clock.resumed": gettext_lazy("时限恢复"),
    "material.added": gettext_lazy("收到材料：%(kind)s"),
    "visit.recorded": gettext_lazy("入户走访完成"),
    "office_visit.recorded": gettext_lazy("本人到场：%(reason)s"),
    "means.verified": gettext_lazy("经济状况核对完成"),
    "benefit.granted": gettext_lazy("记入幸福清单，自 %(starts_on)s 起"),
    "benefit.ended": gettext_lazy("待遇终止"),
    "person.changed": gettext_lazy("人员情况变化"),
}


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def timeline(case: Case, sight: Sight = WHOLE) -> list[dict[str, Any]]:
    """Every event of the case in order: at, event, by, matter, text."""
    rows = list(Event.objects.filter(stream=case.stream).order_by("id"))
    names = dict(
        User.objects.filter(pk__in={row.actor_id for row in rows}).values_list("pk", "name")
    )
    return [
        {
            "at": row.at.astimezone(clock.ZONE).isoformat(),
            "event": row.name,
            "by": names.get(row.actor_id) if row.actor_id else None,
            "matter": row.data.get("matter") or None,
            "text": sentence(row),
        }
        for row in rows
        if sight.covers_code(row.data.get("matter") or "")
    ]


def sentence(event: Event) -> str:
    """An event in the reader's language."""
    data = _Words(event.data)
    if data.get("outcome"):
        data["outcome"] = Matter.Status(data["outcome"]).label
    if data.get("kinds"):
        data["kinds"] = "、".join(catalogue.kind_name(kind) for kind in data["kinds"])
    if data.get("kind"):
        data["kind"] = catalogue.kind_name(data["kind"])
    words = SENTENCES.get(event.name)
    return str(words) % data if words is not None else _("记录：%s") % event.name
