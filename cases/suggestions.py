"""Which matters fit an applicant and which do not: the one place that judges it at the desk.

The matters' own tables say so, of the applicant's household and of each member. What they cannot
tell, or leave to an officer, is neither suggested nor unsuitable. Unsuitable is advice: to apply is
a right.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases import catalogue, explain, rulebook
from cases.models import Matter, Package
from common import clock
from households.models import Benefit, Household, Membership, Person
from rules.ask import Found

Json = dict[str, Any]
# what is granted once may be applied for again
RUNNING_FORMS = ("monthly", "yearly", "waiver", "status", "service")


def suggest(
    person: Person, household: Household, members: list[Membership]
) -> tuple[list[Json], list[Json]]:
    """(suggested, unsuitable) for an applicant, the household and its members.

    suggested: code, person_no, reason, article, amount. unsuitable: code, person_no (None where
    the whole household is meant), reason, would_change. Three queries besides the catalogue's.
    """
    numbers: dict[int | None, str | None] = {row.person_id: row.person_no for row in members}
    numbers = {person.pk: person.person_no, None: None} | numbers
    people = [pk for pk in numbers if pk is not None]
    concerned = Q(household=household) | Q(person_id__in=people)
    busy = _applied_for(concerned) | _running(concerned)
    judged = _judge(people)
    suggested: list[Json] = []
    unsuitable: list[Json] = []
    for package in catalogue.matters():
        is_persons = package.settings["beneficiary"] == "person"
        for holder in people if is_persons else [None]:
            names: Json = {"code": package.code, "person_no": numbers[holder]}
            if (package.code, holder) in busy:
                unsuitable.append(names | busy[package.code, holder])
                continue
            found = judged.get(holder or person.pk)
            advice = _advice(package, found) if found is not None else None
            if advice is not None:
                (suggested if "amount" in advice else unsuitable).append(names | advice)
    return suggested, unsuitable


def _judge(people: list[int]) -> dict[int, Found]:
    """Every matter's table, asked about these people at once."""
    questions = [rulebook.question(package) for package in catalogue.matters()]
    asked = [question for question in questions if question is not None]
    return {f.person_id: f for f in rulebook.put(asked, on=clock.today(), person_ids=people)}


def _advice(package: Package, found: Found) -> Json | None:
    """What a table says of one person: for it, against it, or nothing that is certain."""
    question = rulebook.question(package)
    answer = found.answers.get(question.key) if question else None
    if question is None or answer is None or answer.row is None:
        return None
    reason, article = rulebook.reason_of(answer.row), answer.row.notes.get("article", "")
    match answer.outputs.get("result"):
        case "eligible":
            amount = answer.outputs.get("amount")
            money = None if amount is None else f"{amount:.2f}"
            return {"reason": reason, "article": article, "amount": money}
        case "refuse":
            changes = explain.would_change(question, answer, found.facts)
            return {"reason": f"{reason.rstrip('。')}（{article}）", "would_change": changes}
    return None


Busy = dict[tuple[str, int | None], dict[str, str]]


def _running(concerned: Q) -> Busy:
    rows = Benefit.objects.standing(on=clock.today()).filter(concerned, form__in=RUNNING_FORMS)
    return {
        (row.matter, row.person_id): {
            "reason": _("正在享受“%(measure)s”，自 %(day)s 起")
            % {"measure": row.measure or row.matter, "day": row.starts_on},
            "would_change": _("待遇将于 %s 终止，之后可再申请") % row.ends_on
            if row.ends_on
            else _("现有待遇终止后可再申请"),
        }
        for row in rows
    }


def _applied_for(concerned: Q) -> Busy:
    rows = Matter.objects.open().filter(concerned).select_related("case")
    return {
        (row.code, row.person_id): {
            "reason": _("已在办理中，办件号 %s") % row.case.number,
            "would_change": _("该事项办结后可再申请"),
        }
        for row in rows
    }
