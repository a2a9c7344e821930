"""The story of one case, told in a terminal to somebody who has never seen it."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from cases import catalogue
from cases.models import Case, Matter
from cases.robots import plans
from cases.robots.inside import Done, Office, open_planned
from common import clock, crypto
from common.identity import mask_number
from households import steps as households
from households.codes import Form
from households.happiness import happiness_list
from households.models import Household
from permissions.models import OrgUnit
from workflows.models import WorkItem

ROUNDS = 200  # more rounds than any case needs


class NotPossibleError(Exception):
    """There is no case to tell of, or it came to a standstill."""


class Story:
    """Opens one case with all matters and brings it to its end, telling what happens."""

    def __init__(self, console: Console, seed: int) -> None:
        self.console = console
        self.office = Office(seed, favour=1.0, wishes=wishes())
        self.day = date.min
        self.seed = seed
        self.orgs = dict(OrgUnit.objects.values_list("code", "name"))
        self.told: Counter[str] = Counter()

    def tell(self) -> Case:
        """Tell the whole story. Raises NotPossibleError."""
        household = choose_household()
        self._introduce(household)
        case = self._open(household)
        self._work(case)
        self._results(case)
        self._list(household)
        self._moral(case)
        return case

    # --- at the window ---------------------------------------------------------------------

    def _introduce(self, household: Household) -> None:
        text = _(
            "一户困难家庭带一张身份证来到乡镇窗口。一次申请，十四项救助由各部门同时办理，"
            "结果自动汇成这一家的“幸福清单”。下面是示例县里的一件申请，人物均为虚构。"
        )
        self.console.print(Panel(text, title=_("联办：社会救助“一件事”")))
        table = self._table(_("一、窗口读身份证，登记信息自动带出"))
        table.add_column(_("姓名"))
        table.add_column(_("与户主关系"))
        table.add_column(_("身份证号"), no_wrap=True)
        table.add_column(_("出生"), no_wrap=True)
        table.add_column(_("情况"))
        for row in households.members(household, clock.today()):
            person = row.person
            number = mask_number(crypto.decrypt(person.id_number))
            relation = row.get_relation_display()
            table.add_row(person.name, relation, number, str(person.birth_on), _situation(person))
        self.console.print(table)

    def _open(self, household: Household) -> Case:
        plan = plans.plan_for(household, self.seed)
        if plan is None:
            raise NotPossibleError(_("这一户没有可以申请的人"))
        case, clerk = open_planned(plan, self.office.staff)
        rows = list(Matter.objects.filter(case=case).order_by("id"))
        units = set(
            WorkItem.objects.filter(subject_id=case.pk).values_list("org_unit__name", flat=True)
        )
        said = _("[bold]%(clerk)s[/] 受理，办件号 [bold]%(number)s[/]，%(count)d 个事项同时开始。")
        self.console.print(
            said
            % {
                "clerk": clerk.name,
                "number": case.number,
                "count": len(rows),
            }
        )
        joint = _("经济状况核对和入户走访只做一次，各事项共用。现在有任务的单位：%s")
        self.console.print(joint % "、".join(sorted(units)))
        return case

    # --- the departments -------------------------------------------------------------------

    def _work(self, case: Case) -> None:
        self.console.print()
        self.console.rule(_("二、各部门办理"))
        for _round in range(ROUNDS):
            done = self.office.work_off(case)
            self._tell_day(clock.today(), done)
            case.refresh_from_db()
            if case.status != "open":
                return
            if done:
                continue
            self.office.run_jobs()
            if WorkItem.objects.open().filter(subject_id=case.pk).exists():
                continue
            before = clock.today()
            if not self.office.move_date(case):
                raise NotPossibleError(_("办件停住了：没有任务，也没有日期可等"))
            if clock.today() > before:
                text = _("[yellow]公示和等待期间，日期从 %(a)s 走到 %(b)s。公示不计入办理时限。[/]")
                self.console.print(text % {"a": before, "b": clock.today()})
        raise NotPossibleError(_("办件没有走到终点"))

    def _tell_day(self, day: date, done: list[Done]) -> None:
        if done and day != self.day:
            self.day = day
            self.console.print(f"[bold]{day}[/]", highlight=False)
        for row in done:
            self.told[row.item.org_unit.name] += 1
            matter = _short(row.matter) if row.matter else _("联合核查")
            self.console.print(
                f"  {row.item.org_unit.name} {row.officer.name}：[cyan]{matter}[/] "
                f"{row.title}{_said(row)}",
                highlight=False,
            )

    # --- the end ---------------------------------------------------------------------------

    def _results(self, case: Case) -> None:
        table = self._table(_("三、办理结果"))
        for title in (_("事项"), _("牵头"), _("结果"), _("金额（元）"), _("理由")):
            table.add_column(title, justify="right" if title == _("金额（元）") else "left")
        rows = Matter.objects.filter(case=case).select_related("decision", "package", "person")
        for matter in rows.order_by("id"):
            colour = {"approved": "green", "refused": "red"}.get(matter.status, "dim")
            amount = matter.decision.amount_yuan
            table.add_row(
                _of_whom(catalogue.name(matter.settings), matter),
                self.orgs[matter.settings["lead"]],
                f"[{colour}]{matter.get_status_display()}[/]",
                "" if amount is None else f"{amount:.2f}",
                matter.decision.reason,
            )
        self.console.print()
        self.console.print(table)

    def _list(self, household: Household) -> None:
        shown = happiness_list(household)
        table = self._table(_("四、幸福清单"))
        for title in (_("帮扶部门"), _("帮扶措施"), _("对象")):
            table.add_column(title)
        table.add_column(_("金额（元）"), justify="right")
        for title in (_("形式"), _("起止")):
            table.add_column(title)
        names = {row["person_no"]: row["name"] for row in shown["members"]}
        for entry in shown["entries"]:
            table.add_row(
                self.orgs.get(entry["organisation"], entry["organisation"]),
                entry["measure"],
                names.get(entry["person_no"]) or _("全家"),
                entry["amount"] or "",
                _form(entry["form"]),
                f"{entry['starts_on']} – {entry['ends_on'] or ''}",
            )
        self.console.print()
        self.console.print(table)
        totals = _("合计：每月 %(month)s 元，本季度 %(quarter)s 元，本年度 %(year)s 元。")
        self.console.print(totals % shown["totals"])

    def _moral(self, case: Case) -> None:
        days = (self.day - clock.day_of(case.opened_at)).days
        counts: dict[str, Any] = defaultdict(int, Counter(m.status for m in case.matters.all()))
        text = _(
            "申请人跑动 %(visits)d 次。%(units)d 个单位完成 %(tasks)d 项任务，历时 %(days)d 天"
            "（含公示）。%(approved)d 项确认，%(refused)d 项不予确认，%(na)d 项不适用。"
        ) % {
            "visits": case.in_person_count,
            "units": len(self.told),
            "tasks": self.told.total(),
            "days": days,
            "approved": counts["approved"],
            "refused": counts["refused"],
            "na": counts["not_applicable"],
        }
        self.console.print()
        self.console.print(Panel(text, title=f"{case.number} {case.get_status_display()}"))

    def _table(self, title: str) -> Table:
        return Table(title=title, title_justify="left", title_style="bold", expand=False)


def choose_household() -> Household:
    """A household that no case was ever about, with as many to care for as possible."""
    cases = Case.objects.filter(household=OuterRef("pk"))
    free = plans.free_households().filter(~Exists(cases), is_provisional=False)
    child = Q(memberships__person__birth_on__gt=clock.today() - timedelta(days=16 * 365))
    disabled = Q(memberships__person__disability_grade__isnull=False)
    found = (
        free.annotate(
            disabled=Count("memberships", filter=disabled, distinct=True),
            children=Count("memberships", filter=child, distinct=True),
            size=Count("memberships", distinct=True),
        )
        .filter(size__gte=3, size__lte=6)
        .order_by("-disabled", "-children", "household_no")
        .first()
    ) or free.first()
    if found is None:
        raise NotPossibleError(_("没有空闲的示例家庭了"))
    return found


def wishes() -> dict[str, dict[str, Any]]:
    """The story's own turns: one matter is refused, so that others have something to do."""
    return {
        "destitute_support": {
            "opinion": "disagree",
            "decision": "refused",
            "reason": _("有法定义务人且有履行义务能力，不符合特困条件"),
        },
        "housing_aid": {"decision": "refused", "reason": _("现有住房面积和等级均达标")},
    }


def _short(matter: Matter) -> str:
    """A matter's name as people say it."""
    return catalogue.name(matter.settings).split("（")[0]


def _form(form: str) -> str:
    """A benefit's form in the reader's language."""
    return str(Form(form).label)


def _situation(person: Any) -> str:
    parts = []
    if person.disability_grade:
        parts.append(f"{person.get_disability_category_display()}{person.disability_grade}")
    if person.severe_illness:
        parts.append(_("重病"))
    if person.school_stage not in ("", "none"):
        parts.append(person.get_school_stage_display())
    return "，".join(parts)


def _of_whom(name: str, matter: Matter) -> str:
    return f"{name}（{matter.person.name}）" if matter.person else name


def _said(row: Done) -> str:
    """What an answer that decides something says."""
    words = {
        "approved": _("确认"), "refused": _("不予确认"), "transferred": _("转办"),
        "agree": _("同意"), "disagree": _("不同意"),
    }  # fmt: skip
    value = row.answers.get("decision") or row.answers.get("opinion")
    amount = row.answers.get("amount")
    said = words.get(str(value), "") if value else ""
    return (f" → [bold]{said}[/]" if said else "") + (f" {amount}" if said and amount else "")
