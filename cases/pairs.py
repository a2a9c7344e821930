"""The matrix of pairs (`bpmn/rules/stacking.dmn`) asked about a matter and the aid that stands.

The one place that judges it: a task that decides shows it, the decision is held against it and
keeps it. It names other aid, and stops none: that needs a written reason of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import rulebook
from cases.models import Matter
from common.errors import InputError
from common.templatetags.pages import day, yuan
from households import codes
from households.models import Benefit, Membership
from rules.ask import Answer, Found, ask
from rules.model import Rule

STACK, EXCLUDE = "stack", "exclude"
# each benefit in both orders: the table's columns are in the order of its rows
BOTH_ORDERS = """SELECT held.*, pair.a, pair.b FROM ({}) held CROSS JOIN LATERAL
(VALUES (%s::text, held.matter::text), (held.matter::text, %s::text)) pair(a, b)"""


@dataclass(frozen=True)
class Meeting:
    """A row of the matrix that holds for a matter and one benefit.

    kind: exclude, higher, topup, order. then: of an exclusion what follows from approving: `bars`
    (it cannot be approved), `ends` (the matter goes before; the other is to be stopped or
    changed), `look` (whether it is the same cause, house or person is not on record). amount:
    yuan, of the benefit. Words are in the language of the moment.
    """

    kind: str
    then: str
    matter: str
    measure: str
    form: str
    amount: Decimal | None
    starts_on: date
    rule: Rule

    @property
    def article(self) -> str:
        return self.rule.notes.get("article", "")

    @property
    def words(self) -> str:
        """What it means for the decision, for people."""
        said = {
            "bars": _("不能同时确认，%s还在享受，须先依程序停止。"),
            "ends": _("确认后，%s应依程序停止或调整。"),
            "look": _("请核实是否与%s重复，并在理由中写明。"),
            "higher": _("与%s只能择高享受一项。"),
            "topup": _("与%s合计发放到标准，只补差额。"),
            "order": _("与%s有先后次序。"),
        }[self.then or self.kind]
        because = _("%(reason)s（%(article)s）") % {
            "reason": rulebook.reason_of(self.rule).rstrip("。."),
            "article": self.article,
        }
        return said % self._aid + because

    @property
    def _aid(self) -> str:
        known = self.matter in codes.Matter.values
        name = codes.Matter(self.matter).label if known else self.measure
        told = {"name": name, "day": day(self.starts_on)}
        if self.amount is None:
            return _("“%(name)s”（自 %(day)s 起）") % told
        told["sum"] = yuan(self.amount)
        if self.form == codes.Form.MONTHLY:
            return _("“%(name)s”（每月 %(sum)s 元，自 %(day)s 起）") % told
        return _("“%(name)s”（%(sum)s 元，自 %(day)s 起）") % told

    def as_dict(self) -> dict[str, Any]:
        """JSON values: for the API, and to be kept with a decision."""
        return {
            "kind": self.kind,
            "then": self.then or None,
            "matter": self.matter,
            "amount": None if self.amount is None else f"{self.amount:.2f}",
            "starts_on": str(self.starts_on),
            "row": self.rule.id,
            "article": self.article,
            "text": self.words,
        }


def meetings(matter: Matter, *, on: date) -> list[Meeting]:
    """What the matrix says of a matter and the aid that stands on a day; two queries.

    What stacks says nothing. A matter's own grant does not count.
    """
    questions = rulebook.county_questions([rulebook.PAIRS], on=on)
    if not questions:
        return []
    [question] = questions
    now = Membership.objects.current(on=on).filter(household_id=matter.case.household_id)
    members = list(now.values_list("person_id", flat=True))
    alone = len(set(members)) <= 1
    sql, values = _standing(matter, members, on).query.sql_with_params()
    pairs = BOTH_ORDERS.format(sql), [*values, matter.code, matter.code]
    met: dict[tuple[int, str], Meeting] = {}
    for found in ask([question], pairs, {}, only_found=True, few=True):
        for meeting in _read(matter, found, found.answers[question.key], alone=alone):
            met.setdefault((found.facts["id"], meeting.rule.id), meeting)
    order = ["bars", "ends", "look", ""]
    return sorted(met.values(), key=lambda row: (order.index(row.then), row.kind, row.matter))


def _standing(matter: Matter, members: list[int], on: date) -> QuerySet[Benefit, dict[str, Any]]:
    """The beneficiary's aid: a person's own and the household's, a household's and its members'."""
    people = [matter.person_id] if matter.person_id else members
    found: QuerySet[Benefit, dict[str, Any]] = (
        Benefit.objects.standing(on=on)
        # ids, not a subquery: joined by OR, that would read every benefit of the county
        .filter(Q(household_id=matter.case.household_id) | Q(person_id__in=people))
        .exclude(matter_id=matter.pk)
        .order_by("pk")
        .values(
            *("id", "person_id", "household_id", "division_code", "matter", "measure"),
            *("form", "amount_yuan", "starts_on"),
        )
    )
    return found


def _read(matter: Matter, found: Found, answer: Answer, *, alone: bool) -> Iterator[Meeting]:
    row, held = answer.row, found.facts
    kind, before = answer.outputs.get("kind"), answer.outputs.get("before")
    if row is None or kind == STACK:
        return
    amount = held["amount_yuan"]
    yield Meeting(
        kind=str(kind),
        then=_then(matter, held, before, alone=alone) if kind == EXCLUDE else "",
        matter=held["matter"],
        measure=held["measure"],
        form=held["form"],
        amount=None if amount is None else Decimal(amount),
        starts_on=date.fromisoformat(held["starts_on"]),
        rule=row,
    )


def _then(matter: Matter, held: Any, before: str | None, *, alone: bool) -> str:
    """What an exclusion means for approving. A table that does not say bars it.

    Both are surely of the same people where they have the same holder, or where one is the
    household's, one a member's, who is alone.
    """
    is_same = held["person_id"] == matter.person_id or alone
    if before in {"a", "b"} and held[before] == matter.code:
        return "ends"
    return "look" if before == "look" or not is_same else "bars"


def insist(met: list[Meeting]) -> None:
    """Raises InputError invalid-data for `decision` where other aid bars approving."""
    barring = [meeting.words for meeting in met if meeting.then == "bars"]
    if barring:
        raise InputError("invalid-data", " ".join(barring), field="decision")


def kept(met: list[Meeting]) -> list[dict[str, Any]]:
    """As a decision keeps it: in Chinese, as the rest of its grounds."""
    with override(settings.LANGUAGE_CODE):
        return [meeting.as_dict() for meeting in met]
