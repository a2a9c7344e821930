"""What other rooms do to the register inside their own transaction.

Sums are yuan. Days: a first day counts, an end day does not.
"""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError
from django.db.models import F

from common import clock, crypto, identity, outbox
from common.errors import ConflictError, InputError, MissingError
from common.models import Event
from households import names
from households.models import (
    GRANTED_COLUMNS,
    Benefit,
    BenefitVersion,
    Household,
    Membership,
    Payment,
    Person,
    Span,
    Unscreened,
)
from households.querysets import MembershipQuerySet

SPAN_COLUMNS = tuple(field.name for field in Span._meta.get_fields())


class SpanValues(TypedDict, total=False):
    """Columns of a benefit that may change later."""

    starts_on: date
    ends_on: date | None
    amount_yuan: Decimal | None
    form: str
    measure: str
    cause: str
    bill_no: str
    bill_total_yuan: Decimal | None
    granted_on: date | None
    lines: list[dict[str, Any]]


def find_person(id_number: str) -> Person | None:
    """The person with an identity number; raises InputError("invalid-id-number")."""
    number = identity.parse_id_number(id_number).number
    return Person.objects.with_number(number).first()


def register_person(
    *, id_number: str, name: str, division_code: str, actor: Any, phone: str = ""
) -> tuple[Person, Household]:
    """Make a person whom no register knows, and a provisional household in a division.

    Two desks at the same moment: both get the same person. Raises InputError for an invalid number
    or a missing name. Publishes `person.changed`.
    """
    found = identity.parse_id_number(id_number)
    _insist_on_name(name)
    number = _new_number()
    person, is_new = Person.objects.get_or_create(
        id_index=crypto.blind_index(found.number),
        defaults={
            "person_no": number,
            "id_number": crypto.encrypt(found.number, about="id_number"),
            "id_tail": found.number[-4:],
            "name": name.strip(),
            "name_pinyin": names.sort_key(name.strip()),
            "sex": found.sex,
            "birth_on": found.birth_on,
            "division_code": division_code,
            "phone": crypto.encrypt(phone, about="phone") if phone else None,
            "phone_index": crypto.blind_index(phone) if phone else None,
        },
    )
    if not is_new:
        return person, current_household(person, clock.today())
    household = Household.objects.create(
        household_no=number, division_code=division_code, is_provisional=True
    )
    Membership.objects.create(
        person=person, household=household, person_no=number, relation="head",
        member_from=clock.today(), division_code=division_code,
    )  # fmt: skip
    outbox.publish(
        "person.changed", stream=f"household:{household.pk}", actor=actor,
        person_no=number, household_no=number, change="registered",
    )  # fmt: skip
    return person, household


def current_household(person: Person, on: date) -> Household:
    """The household a person is in on a day.

    Where there are several (a finding, not an error) the county's register goes before a
    provisional registration, then the lowest number. Where there is none, the last one left.
    """
    rows = list(person.memberships.select_related("household").order_by("person_no"))
    if not rows:
        raise MissingError
    now = [row for row in rows if _holds(row, on)]
    best: Membership = max(rows, key=lambda row: row.member_to or date.min)
    if now:
        best = min(now, key=lambda row: (row.household.is_provisional, row.person_no))
    return best.household


def members(household: Household, on: date) -> MembershipQuerySet:
    """Memberships of a household on a day with their persons, the head first."""
    current = household.memberships.current(on=on)
    return current.select_related("person").in_order()


def lock_household(household_id: int) -> Household:
    """Lock the household's row (last in the order: instance, work item, case, household)."""
    found: Household | None = (
        Household.objects.select_for_update(no_key=True).filter(pk=household_id).first()
    )
    if found is None:
        raise MissingError
    return found


def grant_benefit(  # noqa: PLR0913  a row has so many columns
    *,
    source_id: int,
    source_ref: str,
    matter: str,
    event: Event,
    person: Person | None = None,
    household: Household | None = None,
    case_id: int | None = None,
    matter_id: int | None = None,
    **span: Unpack[SpanValues],
) -> Benefit:
    """Write what was granted to a person or a household, and its first version.

    source_id, source_ref: who granted it, and its number there; together once only. Granting the
    same again gives the first row back; the same number with another content, or a second grant
    of one matter, is a ConflictError. Exactly one of person and household.
    """
    owner = person or household
    if owner is None or (person and household):
        raise InputError("invalid-data", field="beneficiary")
    values = _clean(span)
    try:
        benefit: Benefit
        benefit, is_new = Benefit.objects.get_or_create(
            source_id=source_id,
            source_ref=source_ref,
            defaults={
                **values,
                "person": person,
                "household": household,
                "matter": matter,
                "case_id": case_id,
                "matter_id": matter_id,
                "division_code": owner.division_code,
            },
        )
    except IntegrityError as error:
        raise ConflictError from error
    if is_new:
        _write_version(benefit, event)
    elif not _is_same(benefit, person, household, matter, values):
        raise ConflictError
    return benefit


def change_benefit(*, benefit_id: int, event: Event, **span: Unpack[SpanValues]) -> Benefit:
    """Change what a benefit is from now on known to be; writes a version. Locks its row."""
    benefit: Benefit = Benefit.objects.select_for_update(no_key=True).get(pk=benefit_id)
    for column, value in span.items():
        setattr(benefit, column, value)
    _clean({column: getattr(benefit, column) for column in SPAN_COLUMNS})  # type: ignore[arg-type]
    benefit.save(update_fields=list(span))
    _write_version(benefit, event)
    if "ends_on" in span:
        _end_status(benefit)
    return benefit


def end_benefit(*, benefit_id: int, ends_on: date, event: Event) -> Benefit:
    """End a benefit on the first day without it; on its first day it is revoked."""
    return change_benefit(benefit_id=benefit_id, event=event, ends_on=ends_on)


def set_category(
    *,
    category: str,
    since: date | None,
    until: date | None = None,
    household: Household | None = None,
    person: Person | None = None,
) -> None:
    """Grant a status to a household or (where it differs) to a person.

    It goes before the register's until the day `until` (not counted), or until the benefit that
    it came with is ended; `none` takes a status away, "" leaves it to the register.
    """
    for owner in (household, person):
        if owner is not None:
            owner.granted_category, owner.granted_since = category, since
            owner.granted_until = until
            owner.save(update_fields=GRANTED_COLUMNS)


def record_death(*, person: Person, on: date, actor: Any) -> None:
    """A person died on a day: they leave their households the day after."""
    _record(person, actor, "death", on, died_on=on, leaves=on + timedelta(days=1))


def record_move(*, person: Person, on: date, actor: Any) -> None:
    """A person moved out of the county on a day."""
    _record(person, actor, "moved", on, moved_on=on, leaves=on)


def record_imprisonment(*, person: Person, on: date | None, actor: Any) -> None:
    """A person is in prison from a day on; None: was released. The household stays theirs."""
    _record(person, actor, "imprisoned" if on else "released", on, imprisoned_on=on)


def record_guardian(*, person: Person, guardian_no: str, on: date, actor: Any) -> None:
    """Another guardian from a day on, by registration number."""
    if not Membership.objects.filter(person_no=guardian_no).exists():
        raise MissingError
    _record(person, actor, "guardian_changed", on, guardian_no=guardian_no)


def record_payment(
    *,
    benefit: Benefit,
    source_ref: str,
    paid_on: date,
    amount_yuan: Decimal,
    period: str = "",
    bill_no: str = "",
) -> Payment:
    """Money that went out for a benefit; the same source and number once."""
    payment, _new = Payment.objects.get_or_create(
        source_id=benefit.source_id,
        source_ref=source_ref,
        defaults={
            "benefit": benefit, "benefit_ref": benefit.source_ref, "person_id": benefit.person_id,
            "household_id": benefit.household_id, "matter": benefit.matter, "paid_on": paid_on,
            "amount_yuan": amount_yuan, "period": period, "bill_no": bill_no,
            "division_code": benefit.division_code,
        },
    )  # fmt: skip
    return payment


def write_versions(benefits: Iterable[Benefit], event: Event) -> None:
    """A version row for each benefit as it now is."""
    rows = [BenefitVersion(benefit=b, event=event, **_span_of(b)) for b in benefits]
    BenefitVersion.objects.bulk_create(rows)


def _end_status(benefit: Benefit) -> None:
    """A status that a case granted ends with its benefit."""
    if benefit.case_id is None:
        return
    is_revoked = benefit.ends_on is not None and benefit.ends_on <= benefit.starts_on
    for model, pk in ((Household, benefit.household_id), (Person, benefit.person_id)):
        rows = model.objects.filter(pk=pk, granted_category=benefit.matter)
        rows.update(granted_until=F("granted_since") if is_revoked else benefit.ends_on)


def _record(
    person: Person, actor: Any, kind: str, on: date | None, *, leaves: date | None = None,
    **columns: Any,
) -> None:  # fmt: skip
    Person.objects.filter(pk=person.pk).update(**columns)
    for column, value in columns.items():
        setattr(person, column, value)
    if leaves is not None:
        for row in person.memberships.current(on=leaves):
            row.member_to = max(leaves, row.member_from or leaves)
            row.save(update_fields=["member_to"])
    outbox.publish(
        "person.changed", stream=f"person:{person.pk}", actor=actor,
        person_no=person.person_no, change=kind, on=on.isoformat() if on else None,
    )  # fmt: skip
    ask_screening(person_id=person.pk)


def _clean(span: SpanValues) -> SpanValues:
    starts_on, ends_on = span.get("starts_on"), span.get("ends_on")
    amount = _yuan(span.get("amount_yuan"))
    if starts_on is None or (ends_on is not None and ends_on < starts_on):
        raise InputError("invalid-data", field="ends_on")
    if amount is not None and amount < 0:
        raise InputError("invalid-data", field="amount")
    clean: SpanValues = {**span, "amount_yuan": amount, "lines": list(span.get("lines") or [])}
    return clean


def _yuan(value: Decimal | str | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(Decimal("0.01"))


def _span_of(row: Span) -> dict[str, Any]:
    return {column: getattr(row, column) for column in SPAN_COLUMNS}


def _is_same(
    benefit: Benefit, person: Person | None, household: Household | None, matter: str,
    values: SpanValues,
) -> bool:  # fmt: skip
    return (
        benefit.person_id == (person.pk if person else None)
        and benefit.household_id == (household.pk if household else None)
        and benefit.matter == matter
        and all(getattr(benefit, column) == value for column, value in values.items())
    )


def _write_version(benefit: Benefit, event: Event) -> None:
    """The state of a benefit at an event; a second change by one event replaces the first."""
    BenefitVersion.objects.bulk_create(
        [BenefitVersion(benefit=benefit, event=event, **_span_of(benefit))],
        update_conflicts=True,
        unique_fields=["benefit", "event"],
        update_fields=SPAN_COLUMNS,
    )
    ask_screening(person_id=benefit.person_id, household_id=benefit.household_id)


def ask_screening(*, person_id: int | None = None, household_id: int | None = None) -> None:
    """Have somebody, or a household, screened within seconds: something changed for them."""
    Unscreened.objects.create(person_id=person_id, household_id=household_id)


def _holds(row: Membership, on: date) -> bool:
    starts, ends = row.member_from, row.member_to
    return (starts is None or starts <= on) and (ends is None or ends > on)


def _insist_on_name(name: str) -> None:
    if not name.strip():
        raise InputError("name-required", field="name")
    if len(name) > 60 or not name.strip().isprintable():
        raise InputError("invalid-data", field="name")


def _new_number() -> str:
    """A number for what is registered at the desk: after the county's own in any order."""
    return f"Z{secrets.randbelow(10**12):012d}"
