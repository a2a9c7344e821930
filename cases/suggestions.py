"""Which matters fit an applicant and which do not: the one place that judges it at the desk.

Until the decision tables of `rules` come, nothing is suggested, and unsuitable is what runs or is
applied for already. Unsuitable is advice: to apply is a right.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases import catalogue
from cases.models import Matter
from common import clock
from households.models import Benefit, Household, Membership, Person

Json = dict[str, Any]
# what is granted once may be applied for again
RUNNING_FORMS = ("monthly", "yearly", "waiver", "status", "service")


def suggest(
    person: Person, household: Household, members: list[Membership]
) -> tuple[list[Json], list[Json]]:
    """(suggested, unsuitable) for an applicant, the household and its members.

    suggested: code, person_no, reason, article, amount. unsuitable: code, person_no (None where
    the whole household is meant), reason, would_change. Two queries besides the catalogue's.
    """
    numbers: dict[int | None, str | None] = {row.person_id: row.person_no for row in members}
    numbers = {person.pk: person.person_no, None: None} | numbers
    people = [pk for pk in numbers if pk is not None]
    concerned = Q(household=household) | Q(person_id__in=people)
    busy = _applied_for(concerned) | _running(concerned)
    unsuitable = [
        {"code": package.code, "person_no": numbers[holder], **busy[package.code, holder]}
        for package in catalogue.matters()
        for holder in numbers
        if (package.code, holder) in busy
    ]
    return [], unsuitable


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
