"""The happiness list 幸福清单: all aid of one household on one page (contract: api)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from common import clock, outbox
from households import codes, steps
from households.models import Benefit, BenefitVersion, Household, Membership, Span
from permissions.models import Division

MONEY_FORMS = (codes.Form.MONTHLY, codes.Form.ONCE, codes.Form.YEARLY)
Row = tuple[Benefit, Span]  # a benefit, and what is looked at of it
Aid = tuple[str, int | None, int | None]  # a matter, and for whom


class Due(NamedTuple):
    """Money to count; replaced_in: the month from which another stands in its place."""

    span: Span
    replaced_in: int | None


def happiness_list(
    household: Household, *, as_of: date | None = None, known_at: datetime | None = None
) -> dict[str, Any]:
    """The list of a household, in JSON values; no identity number is in it.

    Without as_of: all that is granted and not ended, also what begins later. With it: what held
    on that day, for who was in the household then. known_at: as it was known at that moment.
    What was granted once stands for its calendar year. A fixed number of queries.
    """
    on = as_of or clock.today()
    memberships = list(steps.members(household, on))
    rows = _rows(household, memberships, as_of=as_of, on=on, known_at=known_at)
    numbers = {row.person_id: row.person_no for row in reversed(memberships)}
    return {
        "household": _household(household, memberships, on),
        "members": [_member(row, on) for row in memberships],
        "entries": [_entry(benefit, span, numbers) for benefit, span in rows],
        "totals": totals(rows, on=on),
    }


def totals(rows: Iterable[Row], *, on: date) -> dict[str, str]:
    """What the entries of a list come to in money; kind, service, waiver and status count nothing.

    month: what one month brings when all on the list runs: the sum of the monthly amounts, those
    that begin later included, and what falls once or yearly into the month of `on`. A monthly
    amount that another takes the place of (the same aid to the same beneficiary, from its end on)
    is not counted: the other is.
    quarter, year: what falls into the calendar quarter and year of `on`: a monthly amount for
    each month touched by its days, up to the month in which another takes its place, a yearly one
    in the month of its beginning, one granted once in the month of its first day. What is
    open-ended counts to the period's end.
    """
    dues = _dues([row for row in rows if _brings_money(row[1])])
    quarter = date(on.year, on.month - (on.month - 1) % 3, 1)
    month = sum((_in_month(due, on) for due in dues), Decimal(0))
    return {
        "month": f"{month:.2f}",
        "quarter": f"{_sum(dues, quarter, 3):.2f}",
        "year": f"{_sum(dues, date(on.year, 1, 1), 12):.2f}",
    }


def _brings_money(span: Span) -> bool:
    is_revoked = span.ends_on is not None and span.ends_on <= span.starts_on
    return span.form in MONEY_FORMS and span.amount_yuan is not None and not is_revoked


def _dues(rows: list[Row]) -> list[Due]:
    begins: dict[Aid, list[date]] = defaultdict(list)
    for benefit, span in rows:
        if span.form == codes.Form.MONTHLY:
            begins[_aid_of(benefit)].append(span.starts_on)
    return [Due(span, _replaced_in(span, begins[_aid_of(benefit)])) for benefit, span in rows]


def _aid_of(benefit: Benefit) -> Aid:
    return benefit.matter, benefit.person_id, benefit.household_id


def _replaced_in(span: Span, begins: Iterable[date]) -> int | None:
    """The month in which another takes a monthly amount's place, if one does."""
    if span.form != codes.Form.MONTHLY or span.ends_on is None:
        return None
    later = [_month_number(day) for day in begins if day >= span.ends_on]
    return min(later, default=None)


def _in_month(due: Due, on: date) -> Decimal:
    if due.span.form == codes.Form.MONTHLY:
        amount = due.span.amount_yuan or Decimal(0)
        return amount if due.replaced_in is None else Decimal(0)
    return _sum([due], on.replace(day=1), 1)


def _sum(dues: Iterable[Due], first: date, months: int) -> Decimal:
    """Money that falls into so many months from the first day of one."""
    begin = _month_number(first)
    end = begin + months
    total = Decimal(0)
    for due in dues:
        until = end if due.replaced_in is None else min(end, due.replaced_in)
        total += (due.span.amount_yuan or Decimal(0)) * _times(due.span, begin, until)
    return total


def _times(span: Span, begin: int, end: int) -> int:
    """How often a benefit is due in the months from begin (counted) to end (not counted)."""
    first = _month_number(span.starts_on)
    if span.form == codes.Form.ONCE:
        return int(begin <= first < end)
    last = end if span.ends_on is None else _months_until(span.ends_on)
    if span.form == codes.Form.MONTHLY:
        return max(min(last, end) - max(first, begin), 0)
    return sum(1 for n in range(max(first, begin), min(last, end)) if (n - first) % 12 == 0)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months_until(ends_on: date) -> int:
    """The first month that no day before ends_on touches."""
    return _month_number(ends_on) + (1 if ends_on.day > 1 else 0)


def _rows(
    household: Household,
    memberships: list[Membership],
    *,
    as_of: date | None,
    on: date,
    known_at: datetime | None,
) -> list[Row]:
    """Benefits with the state of them that is asked for, in order of matter and day."""
    people = [row.person_id for row in memberships]
    found: list[Row]
    if known_at is None:
        benefits = Benefit.objects.of_household(household, people).select_related("source")
        chosen = benefits.current(on=on) if as_of else benefits.standing(on=on)
        found = [(benefit, benefit) for benefit in chosen]
    else:
        outbox.number_events()
        versions = BenefitVersion.objects.of_household(household, people).known(at=known_at)
        versions = versions.select_related("benefit__source")
        known = versions.current(on=on) if as_of else versions.standing(on=on)
        found = [(version.benefit, version) for version in known]
    order = {code: place for place, code in enumerate(codes.Matter.values)}
    last = len(order)
    return sorted(
        found, key=lambda row: (order.get(row[0].matter, last), row[1].starts_on, row[0].pk)
    )


def _household(household: Household, memberships: list[Membership], on: date) -> dict[str, Any]:
    code, status = household.division_code, household.status(on)
    names = dict(
        Division.objects.filter(code__in={code, f"{code[:9]}000"}).values_list("code", "name")
    )
    head = next((row for row in memberships if row.relation == codes.Relation.HEAD), None)
    head = head or next(iter(memberships), None)
    return {
        "household_no": household.household_no,
        "head": head.person.name if head else None,
        "division": code,
        "township": names.get(f"{code[:9]}000"),
        "village": names.get(code) if not code.endswith("000") else None,
        "address": household.address,
        "category": status.category,
        "category_since": _day(status.since),
        "poverty_cause": household.poverty_cause,
        "is_provisional": household.is_provisional,
    }


def _member(row: Membership, on: date) -> dict[str, Any]:
    person = row.person
    return {
        "person_no": row.person_no,
        "name": person.name,
        "relation": row.relation,
        "sex": person.sex,
        "category": person.status(on).category,
        "disability_category": person.disability_category,
        "disability_grade": person.disability_grade,
    }


def _entry(benefit: Benefit, span: Span, numbers: dict[int, str]) -> dict[str, Any]:
    """One approved outcome; `source` is where it was granted and its number there."""
    person_no = numbers.get(benefit.person_id) if benefit.person_id else None
    return {
        "matter": benefit.matter,
        "measure": span.measure or _matter_name(benefit.matter),
        "organisation": benefit.source.code,
        "organisation_name": benefit.source.name,
        "person_no": person_no,
        "amount": None if span.amount_yuan is None else f"{span.amount_yuan:.2f}",
        "form": span.form,
        "starts_on": _day(span.starts_on),
        "ends_on": _day(span.ends_on),
        "granted_on": _day(span.granted_on),
        "source": f"{benefit.source.code}:{benefit.source_ref}",
        "lines": span.lines,
    }


def _matter_name(matter: str) -> str:
    return str(codes.Matter(matter).label) if matter in codes.Matter.values else matter


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
