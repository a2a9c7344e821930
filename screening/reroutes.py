"""Refused here, fits there: who was refused one matter lately, and whom another's table fits.

The tables are the matters' own, as at the desk, so they cannot say anything else there. One lead a
person: of several matters that fit, the first of the catalogue.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cases import catalogue, rulebook
from cases.models import Outcome
from common import clock
from rules.ask import Found, Question
from screening import aid
from screening.county import LEAD, Hit

RULE = "refused_fits_other"
DAYS = 90  # where the parameter `refused_lately_days` is not deployed
Refused = dict[int, list[str]]


def hits(*, person_ids: list[int] | None = None) -> Iterator[Hit]:
    """Leads of today. person_ids: of these people alone.

    Somebody who draws the other matter's aid already, has applied for it, or was refused it as
    well, is none; nor is what begins by itself with a status. A fixed number of queries.
    """
    refused = _refused(person_ids)
    if not refused:
        return
    people = list(refused)
    taken = aid.drawn_or_applied_for(people)
    asked: dict[str, Question] = {}
    for package in catalogue.matters():
        question = rulebook.question(package)
        if question is not None and not package.settings.get("started_by"):
            asked[package.code] = question
    for found in rulebook.put(list(asked.values()), on=clock.today(), person_ids=people):
        out = {*refused[found.person_id], *taken.get(found.person_id, ())}
        fits = next((c for c, q in asked.items() if c not in out and _fits(q, found)), None)
        if fits is not None:
            yield _hit(fits, asked[fits], found, refused[found.person_id][-1])


def reason(matter: str, other_matter: str) -> str:
    """What such a lead says, in the reader's language."""
    known = [row for row in catalogue.newest().values() if catalogue.is_matter(row)]
    names = {row.code: catalogue.name(row.settings) for row in known}
    return _("“%(refused)s”没有确认，但按登记的情况符合“%(fits)s”") % {
        "refused": names.get(other_matter, other_matter),
        "fits": names.get(matter, matter),
    }


def _refused(person_ids: list[int] | None) -> Refused:
    """Codes of what each was refused lately, the latest last: beneficiary, or applicant for all."""
    days = int(catalogue.parameter("refused_lately_days", clock.today(), DAYS))
    since = clock.now() - timedelta(days=days)
    rows = Outcome.objects.filter(outcome="refused", decided_at__gt=since).annotate(
        whose=Coalesce("matter__person_id", "matter__case__applicant_id")
    )
    if person_ids is not None:
        rows = rows.filter(whose__in=person_ids)
    found: Refused = {}
    for whose, code in rows.order_by("pk").values_list("whose", "matter__code"):
        found.setdefault(whose, []).append(code)
    return found


def _fits(question: Question, found: Found) -> bool:
    return bool(found.answers[question.key].outputs.get("result") == "eligible")


def _hit(matter: str, question: Question, found: Found, refused: str) -> Hit:
    row = found.answers[question.key].row
    return Hit(
        rule=RULE,
        kind=LEAD,
        person_id=found.person_id,
        household_id=found.household_id,
        matter=matter,
        other_matter=refused,
        reason=reason(matter, refused),
        article=row.notes.get("article", "") if row else "",
        table=question.key,
        row=row.id if row else "",
        division=str(found.facts["division_code"] or ""),
        facts={n: found.facts[n] for n in question.names if n in found.facts},
    )
