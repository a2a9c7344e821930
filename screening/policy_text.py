"""What a policy package says of a matter, generated from the catalogue, the process and the table.

Nothing of it is typed anywhere: what decides is what is told. JSON values, so that a version keeps
them as they were.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cases import catalogue, rulebook
from cases.models import Package
from common.templatetags.pages import limit as limit_words
from permissions.models import Division, OrgUnit
from rules import parameters
from rules.feel.parse import parse_expression
from rules.feel.tree import Literal
from rules.model import Rule
from screening import policy_words

Json = dict[str, Any]
Item = dict[str, str]
Group = dict[str, Any]
SECTIONS = ("policy", "conditions", "figures", "procedure", "papers", "limit", "contacts")
UNITS = {"monthly": "元/月", "yearly": "元/年"}


def organisations() -> dict[str, str]:
    """Names of organisations by code, the townships' under `township:` besides. One query."""
    found = {}
    for code, name, kind in OrgUnit.objects.order_by("id").values_list("code", "name", "kind"):
        found[code] = name
        if kind == OrgUnit.Kind.TOWNSHIP:
            found[f"township:{code}"] = name
    return found


def sections(package: Package, on: date, names: Mapping[str, str]) -> list[Json]:
    """The sections in the reader's language: key, title, groups of title and items.

    An item has text, note (figures, who, how long) and basis (article), each possibly empty.
    names: `organisations()`.
    """
    titles = {
        "policy": _("能得到什么"),
        "conditions": _("什么情况可以享受"),
        "figures": _("现行标准"),
        "procedure": _("怎么办"),
        "papers": _("要带什么"),
        "limit": _("多久办好"),
        "contacts": _("找谁问"),
    }
    makers: dict[str, Callable[[], list[Group]]] = {
        "policy": lambda: _policy(package.settings, on),
        "conditions": lambda: _of_table(package, on)[0],
        "figures": lambda: _of_table(package, on)[1],
        "procedure": lambda: _procedure(package),
        "papers": lambda: _papers(package.settings),
        "limit": lambda: _limit(package, on),
        "contacts": lambda: _contacts(package.settings, names),
    }
    return [{"key": key, "title": titles[key], "groups": makers[key]()} for key in SECTIONS]


def kept(package: Package, on: date, names: Mapping[str, str] | None = None) -> list[Json]:
    """The sections as a version keeps them: in Chinese, whoever asks."""
    with override(settings.LANGUAGE_CODE):
        return sections(package, on, organisations() if names is None else names)


def gives(told: Json) -> str:
    """In a few words what a matter brings."""
    forms = {
        "monthly": _("按月发放"),
        "once": _("一次性发放"),
        "yearly": _("按年发放"),
        "waiver": _("减免费用"),
        "service": _("提供服务"),
        "in_kind": _("发放实物"),
        "status": _("认定身份，凭身份可以享受其他救助"),
    }
    return forms.get(told.get("form", ""), "")


def said_day(value: date) -> str:
    """A day with its year: a version must read the same next year."""
    if (get_language() or "zh").startswith("en"):
        return date_format(value, "j F Y", use_l10n=False)
    return f"{value.year} 年 {value.month} 月 {value.day} 日"


def _item(text: str, note: str = "", basis: str = "") -> Item:
    return {"text": text, "note": note, "basis": basis}


def _group(items: Iterable[Item], title: str = "") -> Group:
    return {"title": title, "items": list(items)}


def _filled(groups: Iterable[Group]) -> list[Group]:
    return [group for group in groups if group["items"]]


def _policy(told: Json, on: date) -> list[Group]:
    is_english = (get_language() or "zh").startswith("en")
    what = catalogue.name(told) if is_english else told.get("measure", "")
    whom = {"household": _("以家庭为单位申请"), "person": _("以个人为单位申请")}
    begins = {
        "decision": _("从批准之日算起"),
        "month_after": _("从批准的下个月算起"),
        "month_of_application": _("从申请的当月算起"),
    }
    reviews = {
        "yearly": _("每年复核一次"),
        "half_yearly": _("每半年复核一次"),
        "by_class": _("按家庭情况分类，每季度、每半年或每年复核一次"),
        "follows_status": _("随困难身份变化"),
    }
    lines = [
        gives(told),
        whom.get(told["beneficiary"], ""),
        begins.get(told.get("starts", ""), ""),
        reviews.get(told.get("review", ""), ""),
    ]
    basis = filter(None, catalogue.basis(told, on).split("；"))
    return _filled(
        [
            _group([_item(what or catalogue.name(told), _("；").join(filter(None, lines)))]),
            _group(map(_item, basis), _("政策依据")),
        ]
    )


def _of_table(package: Package, on: date) -> list[list[Group]]:
    """Conditions and figures."""
    rules = catalogue.newest().get(rulebook.RULES)
    if rules is None:
        return [[], []]
    said = _told(package.pk, rules.pk, on, get_language() or "")
    found: list[list[Group]] = orjson.loads(said)
    return found


@lru_cache(maxsize=256)
def _told(package_id: int, rules_id: int, on: date, language: str) -> bytes:
    """The table in words. Versions never change, so a day's words stay in memory."""
    package, rules = catalogue.package(package_id), catalogue.package(rules_id)
    question = rulebook.question(package, on=on)
    if question is None:
        return b"[[], []]"
    model, table = question.compiled.model, question.table.table
    figures = rulebook.constants(rulebook.parameters_of(rules), on)
    column = next(n for n, row in enumerate(table.outputs) if row.name == "amount")
    unit = policy_words.unit_name(UNITS.get(package.settings.get("form", ""), "元"))

    def item(rule: Rule) -> Item:
        notes = policy_words.limits(model, table, rule, figures)
        sum_ = policy_words.amount(model, rule.outputs[column].text, unit, figures)
        notes += [_("金额：%s") % sum_] if sum_ else []
        return _item(rulebook.reason_of(rule), _("；").join(notes), rule.notes.get("article", ""))

    results = [row.name for row in table.outputs].index("result")
    rows: dict[str, list[Item]] = {}
    for rule in table.rules:
        rows.setdefault(_word(rule.outputs[results].text), []).append(item(rule))
    groups = [
        _group(rows.get("eligible", []), _("符合下面一条，又没有后面列的情形，就可以享受")),
        _group(rows.get("refuse", []), _("有下面情形的，不能享受")),
        _group(rows.get("refer", []), _("有下面情形的，由经办人核实后确定")),
    ]
    figures_ = _group(_figures(rules, question.names, on))
    return orjson.dumps([_filled(groups), _filled([figures_])])


def _word(text: str) -> str:
    node = parse_expression(text)
    return str(node.value) if isinstance(node, Literal) else ""


def _figures(rules: Package, used: Sequence[str], on: date) -> Iterable[Item]:
    """The parameters that a table counts with: what holds on the day, everywhere and in places."""
    names = policy_words.parameter_names(rules)
    held = parameters.held(rulebook.parameters_of(rules), on)
    for key in sorted(held.keys() & set(used), key=used.index):
        for area, row in sorted(held[key].items()):
            text = names.get(key, key) + (_("（%s）") % _place(area) if area else "")
            text = _("%(what)s：%(value)s") % {
                "what": text,
                "value": policy_words.number(row.value),
            }
            source = policy_words.source(row.source)
            yield _item(text, _("自 %s起") % said_day(row.starts_on), source)


def _place(area: str) -> str:
    names = Division.objects.filter(code=area.ljust(12, "0")).values_list("name", flat=True)
    return names.first() or area


def _procedure(package: Package) -> list[Group]:
    """Steps in the order of the drawing; a wait is a step that nobody does."""
    steps = package.settings.get("steps", {})
    meta = package.definition.meta if package.definition else {"order": []}
    items = [_item(_("提出申请"), _("到任一乡镇（街道）便民服务中心，一次受理，各部门同时办"))]
    for element in meta["order"]:
        if element in meta["steps"]:
            step = meta["steps"][element]
            time = limit_words(steps[element]) if element in steps else ""
            items.append(_item(step["name"], _("，").join(filter(None, [step["lane"], time]))))
        elif element in meta["timers"]:
            basis = meta["timers"][element]["properties"].get("pauses_clock", "")
            items.append(_item(meta["elements"][element]["name"], "", basis))
        elif element in meta["messages"]:
            is_joint = meta["messages"][element] in {"means.verified", "visit.done"}
            note = (
                _("一家只做一次，各事项共用") if is_joint else _("同时申请了的，等它办结再往下办")
            )
            items.append(_item(meta["elements"][element]["name"], note))
    return [_group(items, _("按顺序办，用不着的步骤会跳过"))]


def _papers(told: Json) -> list[Group]:
    """What to bring and what the offices look up themselves."""
    groups: dict[str, list[Item]] = {"look_up": [], "bring": [], "maybe": []}
    for row in told.get("materials", []):
        kind = "look_up" if row.get("from_register") else "maybe"
        kind = "bring" if row.get("required") and kind == "maybe" else kind
        groups[kind].append(_item(catalogue.kind_name(row["kind"])))
    return _filled(
        [
            _group(groups["bring"], _("请带上")),
            _group(groups["maybe"], _("有就带上，没有也先受理")),
            _group(groups["look_up"], _("登记里已有的不用带，查不到时再请您提供")),
        ]
    )


def _limit(package: Package, on: date) -> list[Group]:
    limits = package.settings.get("limit", {})
    promised, statutory = limits.get("promised"), limits.get("statutory")
    times = []
    if promised:
        times.append(_item(_("承诺 %s内办结") % limit_words(promised)))
    if statutory and statutory != promised:
        times.append(_item(_("规定的期限是 %s") % limit_words(statutory)))
    supplement = catalogue.parameter("supplement_time", on)
    if supplement:
        text = _("材料不齐的，一次告诉您缺什么，请在 %s内补齐") % limit_words(supplement)
        times.append(_item(text, _("补齐之前不计时")))
    return _filled([_group(times), _group(_appeals(on), _("对结果有意见"))])


def _appeals(on: date) -> Iterable[Item]:
    served, review, court, complaint = (
        catalogue.parameter(key, on)
        for key in (
            "refusal_service_time", "appeal_review_time", "appeal_court_months",
            "complaint_answer_time",
        )
    )  # fmt: skip
    if served:
        yield _item(_("不予确认的，书面说明理由，%s内送到您手里") % limit_words(served))
    if review:
        yield _item(_("收到决定后 %s内，可以申请行政复议") % limit_words(review))
    if court:
        yield _item(_("收到决定后 %s 个月内，可以向法院提起行政诉讼") % court)
    if complaint:
        yield _item(_("投诉在 %s内答复") % limit_words(complaint))


def _contacts(told: Json, names: Mapping[str, str]) -> list[Group]:
    lead, others = told["lead"], told.get("with", [])
    towns = [name for code, name in names.items() if code.startswith("township:")]
    items = [_item(names.get(lead, lead), _("牵头部门"))]
    items += [_item(names.get(code, code), _("配合部门")) for code in others]
    if towns:
        items.append(_item(_("、").join(towns), _("便民服务中心，到哪一个都可以")))
    return [_group(items)]
