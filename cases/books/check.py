"""Running the invariants."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from cases.books.rules import RULES, Rule
from cases.models import Case, Matter
from common import clock
from common.log_check import check_logs, known_heads
from households import steps as households
from households.happiness import happiness_list
from households.models import Benefit, Household
from workflows import steps as flow
from workflows.models import Instance

SHOWN = 100  # violations told of one rule; the rest are counted
LISTS = 500  # households whose list is read


@dataclass(frozen=True)
class Violation:
    """Something that must not be."""

    rule: str
    case: int | None
    matter: int | None
    text: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Books:
    """What was looked at (rule to number of rows), and what is wrong."""

    checked: dict[str, int] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        rows = [violation.as_dict() for violation in self.violations]
        return {"checked": self.checked, "violations": rows}


def check_books(*, lists: int = LISTS, engines: int | None = None) -> Books:
    """Every invariant on one snapshot of the database, so that work may go on meanwhile.

    lists: how many households' happiness lists are read; engines: how many processes are
    compared with their projections (None: all that run).
    """
    books, heads = Books(), known_heads()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for rule in RULES:
            _run(rule, books)
        _check_lists(books, lists)
        _check_engines(books, engines)
        _check_seals(books, heads)
    return books


def _run(rule: Rule, books: Books) -> None:
    with connection.cursor() as cursor:
        cursor.execute(rule.total)
        books.checked[rule.name] = int(cursor.fetchone()[0])
        cursor.execute(rule.broken)
        rows = cursor.fetchmany(SHOWN + 1)
        more = len(cursor.fetchall())
    books.violations += [Violation(rule.name, *row) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        books.violations.append(Violation(rule.name, None, None, f"and {more + 1} more"))


def _check_lists(books: Books, limit: int) -> None:
    """What a case granted stands on the household's current list once while it holds."""
    name = "every benefit of a case stands on its list once"
    books.checked[name] = 0
    for household, benefits in _granted(limit):
        shown = Counter(entry["source"] for entry in happiness_list(household)["entries"])
        for benefit, expected in benefits:
            books.checked[name] += 1
            times = shown[f"{benefit.source.code}:{benefit.source_ref}"]
            if times != expected:
                text = f"{household.household_no}: {benefit} stands {times} times, not {expected}"
                books.violations.append(Violation(name, benefit.case_id, benefit.matter_id, text))


def _granted(limit: int) -> Iterator[tuple[Household, list[tuple[Benefit, int]]]]:
    """The last households that cases granted something to, with how often it is to be seen."""
    today = clock.today()
    rows = Benefit.objects.exclude(case_id=None).select_related("source", "person")
    standing = set(rows.standing(on=today).values_list("pk", flat=True))
    granting = Case.objects.filter(pk__in=rows.values("case_id"))
    for household in Household.objects.filter(pk__in=granting.values("household")).order_by("-pk")[
        :limit
    ]:
        members = households.members(household, today)
        people = set(members.values_list("person_id", flat=True))
        own = list(rows.filter(case_id__in=granting.filter(household=household).values("pk")))
        seen = [row for row in own if _belongs(row, people)]
        yield household, [(row, int(row.pk in standing)) for row in seen]


def _belongs(benefit: Benefit, members: set[int]) -> bool:
    """Whether a benefit of the household's cases stands on its list; not that of who has left."""
    person = benefit.person
    if person is None or person.pk in members:
        return True
    if person.died_on or person.moved_on:
        return False
    return not person.memberships.current(on=clock.today()).exists()


def _check_engines(books: Books, limit: int | None) -> None:
    """Work items, timers and subscriptions are what the stored processes say.

    Processes of what has ended are left out: a job closes them later, which a rule looks at.
    """
    name = "projections are the engines' state"
    running = Matter.objects.open().filter(pk=OuterRef("owner_id"))
    rows = Instance.objects.filter(
        ~Q(owner_type="matter") | Exists(running),
        status="running",
        subject_id__in=Case.objects.filter(status="open").values("pk"),
    ).order_by("-pk")
    chosen = rows if limit is None else rows[:limit]
    books.checked[name] = chosen.count()
    for row in flow.projection_differences(chosen.iterator(chunk_size=500)):
        books.violations.append(Violation(name, None, None, str(row)))


def _check_seals(books: Books, heads: dict[str, int]) -> None:
    """The logs are what was sealed."""
    for report in check_logs(heads):
        name = f"{report.log} is what was sealed"
        books.checked[name] = report.rows
        for fault in report.faults:
            text = f"{fault.kind}, ids {fault.first_id} to {fault.last_id}: {fault.text}"
            books.violations.append(Violation(name, None, None, text))
