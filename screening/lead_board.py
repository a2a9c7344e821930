"""How leads stand: those of a view in the order of their limits, with lights; one in full."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, Q, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases import models as cases
from common import calendar, clock
from common.identity import mask_number, mask_phone
from common.templatetags import pages
from permissions.access import under
from permissions.models import Division, User
from screening import words
from screening.models import Lead
from screening.querysets import LeadQuerySet
from screening.services import leads

Json = dict[str, Any]
RUNNING = "running"
DAY = timedelta(days=1)
VIEWS = {
    RUNNING: (_("未办结"), ~Q(status="closed")),
    "open": (_("待接收"), Q(status="open")),
    "taken": (_("待走访"), Q(status="taken")),
    "visited": (_("待办结"), Q(status="visited")),
    "urgent": (_("紧急"), Q(urgency="urgent") & ~Q(status="closed")),
    "closed": (_("已办结"), Q(status="closed")),
}
DUE = Case(
    When(status="open", then=F("take_by")),
    When(status="taken", then=F("visit_by")),
    output_field=DateTimeField(),
)


@dataclass(frozen=True)
class Lamp:
    """A limit as the tag `light` shows it; words only where the tag has none that fit."""

    colour: str
    due_on: date
    words: str


def chips(rows: LeadQuerySet) -> list[Json]:
    """Every view with its count, in one query."""
    counts = rows.aggregate(
        **{code: Count("pk", filter=where) for code, (_n, where) in VIEWS.items()}
    )
    return [{"code": code, "name": name, "n": counts[code]} for code, (name, _w) in VIEWS.items()]


def narrowed(rows: LeadQuerySet, view: str) -> LeadQuerySet:
    """A view's leads: the nearest limit first; of those closed the latest."""
    found = rows.filter(VIEWS[view][1]).select_related("person", "household", "township")
    if view == "closed":
        return found.order_by("-closed_at", "-pk")
    return found.annotate(due=DUE).order_by(F("due").asc(nulls_last=True), "pk")


def lines(found: list[Lead]) -> list[Json]:
    """Lines of the list, in one query more whatever their number."""
    names, places = words.matters(), words.villages(row.division_code for row in found)
    reasons = words.reasons(found)
    return [
        {
            "lead": row,
            "lamp": lamp(row),
            "name": row.person.name if row.person else row.name,
            "village": places.get(row.division_code, ""),
            "number": number(row),
            "reason": reasons[row.pk],
            "matters": words.named([row.matter, row.other_matter], names),
        }
        for row in found
    ]


def number(lead: Lead) -> str:
    """The number of whom a lead is about, masked; nothing where it is not known."""
    return mask_number(lead.person.open_id_number()) if lead.person else ""


def lamp(lead: Lead) -> Lamp | None:
    """The light of the limit that runs; hours for a limit that ends within a day."""
    return light(lead.due_at) if lead.due_at else None


def light(due_at: datetime) -> Lamp:
    """A limit's light: yellow on its last workday and the one before."""
    now, today = clock.now(), clock.today()
    due_on = clock.day_of(due_at - clock.TICK)
    is_late = due_at <= now
    is_near = calendar.workdays_between(today, due_on) <= 1
    is_of_hours = due_at != clock.midnight(due_on + DAY) and abs(due_at - now) < DAY
    said = _hours(due_at - now) if is_of_hours else ""
    return Lamp("red" if is_late else "yellow" if is_near or said else "green", due_on, said)


def until(due_at: datetime) -> str:
    """The last day of a limit, or its hour where it does not end with a day."""
    due_on = clock.day_of(due_at - clock.TICK)
    is_of_days = due_at == clock.midnight(due_on + DAY)
    return pages.day(due_on) if is_of_days else pages.moment(due_at)


def _hours(left: timedelta) -> str:
    count = max(round(abs(left) / timedelta(hours=1)), 1)
    if left <= timedelta(0):
        return ngettext("超期 %d 小时", "超期 %d 小时", count) % count
    return ngettext("剩 %d 小时", "剩 %d 小时", count) % count


def context(lead: Lead, user: User) -> Json:
    """All that `screening/leads/lead.html` shows."""
    names = words.matters()
    own = leads.known_matters(lead)
    seen = cases.Case.objects.visible_to(user).filter(pk=lead.case_id or 0)
    is_inside = lead.status != "closed" and leads.may_work(user, lead)
    phone = lead.person.open_phone() if lead.person else ""
    return {
        **lines([lead])[0],
        "sources": lead.sources.select_related("reported_by").order_by("at", "pk"),
        "why": words.evidence(lead) if lead.shows_register(user) else None,
        "is_veiled": bool(lead.facts) and not lead.shows_register(user),
        "take_until": until(lead.take_by),
        "visit_until": until(lead.visit_by),
        "phone": mask_phone(phone) if phone else "",
        "address": (lead.household.address if lead.household else "") or lead.place,
        "household": lead.household if lead.shows_register(user) else None,
        "may_work": is_inside,
        "may_open": is_inside and user.access.may("case.open"),
        "suggested": words.named(own, names),
        "others": words.named([code for code in names if code not in own], names),
        "case": seen.first() if lead.case_id else None,
    }


def places(user: User) -> list[Division]:
    """Where a report may be about: villages and townships of one's divisions."""
    mine = [grant.prefix for grant in user.access.grants]
    rows = Division.objects.filter(under(mine, "code"), level__in=("town", "village"))
    return list(rows.order_by("code"))
