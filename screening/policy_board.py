"""How the policy packages stand: what is published, what is read and by whom, what has changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from cases import catalogue
from cases.models import Package
from common import clock
from permissions.declaration import roles_of
from permissions.models import RoleAssignment, User
from screening import policy_text
from screening.models import Policy, PolicyReading

Json = dict[str, Any]


@dataclass
class Standing:
    """One matter's package for one reader. latest: the newest version, begun or not."""

    package: Package
    latest: Policy | None
    reading: PolicyReading | None
    is_changed: bool = False

    @property
    def code(self) -> str:
        return self.package.code

    @property
    def name(self) -> str:
        return catalogue.name(self.package.settings)

    @property
    def is_read(self) -> bool:
        """Whether the newest version is read."""
        return bool(self.latest and self.reading and self.reading.policy_id == self.latest.pk)

    @property
    def is_unread(self) -> bool:
        return self.latest is not None and not self.is_read


def standings(user: User, names: Mapping[str, str], code: str = "") -> list[Standing]:
    """Every enabled matter, or one, in the order of the catalogue. Two queries.

    names: `policy_text.organisations()`.
    """
    wanted = Q(code=code) if code else Q()
    latest = {row.code: row for row in Policy.objects.filter(wanted).latest_of_each()}
    read = PolicyReading.objects.filter(user=user).latest_of_each()
    readings = {row.policy.code: row for row in read}
    return [
        Standing(
            package,
            latest.get(package.code),
            readings.get(package.code),
            is_changed=_is_changed(latest.get(package.code), package, names),
        )
        for package in catalogue.matters()
        if code in {"", package.code}
    ]


def _is_changed(policy: Policy | None, package: Package, names: Mapping[str, str]) -> bool:
    """Whether today's text is another than what was published."""
    if policy is None:
        return False
    return bool(policy.generated != policy_text.kept(package, clock.today(), names))


def changes(policy: Policy, package: Package, names: Mapping[str, str]) -> tuple[list[str], ...]:
    """Lines that the catalogue has no more since a version, and lines that are new, in Chinese."""
    before = list(_lines(policy.generated))
    now = list(_lines(policy_text.kept(package, clock.today(), names)))
    return [row for row in before if row not in now], [row for row in now if row not in before]


def _lines(sections: list[Json]) -> Iterator[str]:
    for section in sections:
        for group in section["groups"]:
            for item in group["items"]:
                words = [item["text"], item["note"], item["basis"]]
                yield f"{section['title']}：" + " · ".join(filter(None, words))


@dataclass
class Receipt:
    """A member of staff and the newest version read, if any."""

    name: str
    reading: PolicyReading | None
    is_latest: bool


@dataclass
class Unit:
    """An organisation whose people are to read."""

    name: str
    receipts: dict[int, Receipt] = field(default_factory=dict)

    @property
    def people(self) -> list[Receipt]:
        """Those who have not read first, then by name."""
        return sorted(self.receipts.values(), key=lambda row: (row.is_latest, row.name))

    @property
    def done(self) -> int:
        return sum(row.is_latest for row in self.receipts.values())


def receipts(policy: Policy) -> list[Unit]:
    """Who of which organisation has read a version: those where nobody has come first."""
    rows = PolicyReading.objects.filter(policy__code=policy.code).latest_of_each()
    readings = {row.user_id: row for row in rows}
    units: dict[int, Unit] = {}
    for user_id, name, unit_id, unit_name in _readers():
        reading = readings.get(user_id)
        is_latest = reading is not None and reading.policy_id == policy.pk
        unit = units.setdefault(unit_id, Unit(unit_name))
        unit.receipts[user_id] = Receipt(name, reading, is_latest)
    return sorted(units.values(), key=lambda unit: unit.done > 0)


def counts(found: list[Standing]) -> dict[str, tuple[int, int]]:
    """By matter: how many have read its newest version, of how many. Two queries."""
    expected = {user_id for user_id, *_rest in _readers()}
    latest = {row.latest.pk: row.code for row in found if row.latest}
    readers: dict[str, int] = dict.fromkeys(latest.values(), 0)
    rows = PolicyReading.objects.filter(policy_id__in=latest)
    for policy_id, user_id in rows.values_list("policy_id", "user_id"):
        readers[latest[policy_id]] += user_id in expected
    return {code: (done, len(expected)) for code, done in readers.items()}


def _readers() -> Iterator[tuple[int, str, int, str]]:
    """User, name, organisation, its name: once for each role in force, by organisation."""
    rows = RoleAssignment.objects.in_force().filter(
        role__in=roles_of("policy.owe_reading"),
        user__is_active=True,
    )
    columns = ("user_id", "user__name", "org_unit_id", "org_unit__name")
    yield from rows.order_by("org_unit_id", "user_id").values_list(*columns)
