"""A made-up county as the eight register files."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from exchange.registers.kinds import Kind, kinds
from exchange.sample import staff
from exchange.sample.aid import Office, readings
from exchange.sample.people import REFERENCE, County, Home, Person, Row, chance

DATA = Path(__file__).parent / "data"


def write_county(folder: Path, *, households: int, seed: int) -> None:
    """Write the register files of a county with so many households.

    The same seed gives the same bytes. Reference date 2026-07-01; nobody in it is real.
    """
    folder.mkdir(parents=True, exist_ok=True)
    divisions = read_data("divisions.csv")
    _write(folder, "divisions", divisions)
    _write(folder, "organisations", read_data("organisations.csv"))
    _write(folder, "staff", staff.rows())
    # a source of chance for each part: a change of one leaves the others as they were
    county = County(Random(f"{seed}/people"), _villages(divisions))  # noqa: S311
    office = Office(Random(f"{seed}/aid"))  # noqa: S311
    meters = Random(f"{seed}/meters")  # noqa: S311
    with ExitStack() as stack:
        out = {
            name: _open(stack, folder, name)
            for name in ("households", "persons", "benefits", "payments", "readings")
        }
        for home in _with_errors(Random(f"{seed}/errors"), county.homes(households)):  # noqa: S311
            out["households"].writerow(home.row)
            out["persons"].writerows(person.row for person in home.people)
            for benefit in office.benefits(home):
                out["benefits"].writerow(benefit)
                out["payments"].writerows(office.payments(benefit))
            out["readings"].writerows(readings(meters, home))


def read_data(name: str) -> list[Row]:
    """One of the public lists that come with the sample."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _with_errors(random: Random, homes: Iterable[Home]) -> Iterator[Home]:
    """Deaths, moves, and people registered a second time in another household."""
    twice: Row | None = None
    for home in homes:
        if twice is not None and chance(random, 0.5):
            double = twice | {
                "person_no": f"{twice['person_no']}B", "household_no": home.no,
                "relation": "other",
            }  # fmt: skip
            home.people.append(Person(double, 0, is_male=True))
            twice = None
        for person in home.people[1:]:
            if person.age > 70 and chance(random, 0.02):
                _leave(random, person, "died_on")
            elif 20 < person.age < 40 and chance(random, 0.01):
                _leave(random, person, "moved_on")
        if len(home.people) > 2 and chance(random, 0.003):
            twice = home.people[-1].row
        yield home


def _leave(random: Random, person: Person, column: str) -> None:
    """A day in the year before; one household in five has not reported it yet."""
    on = REFERENCE - timedelta(days=random.randint(20, 300))
    person.row[column] = on.isoformat()
    if chance(random, 0.8):
        person.row["member_to"] = (on + timedelta(days=1)).isoformat()


def _villages(divisions: list[Row]) -> list[tuple[str, str]]:
    return [(row["code"], row["name"]) for row in divisions if row["level"] == "village"]


def _kind(name: str) -> Kind:
    return next(kind for kind in kinds() if kind.name == name)


def _open(stack: ExitStack, folder: Path, name: str) -> Any:
    """A writer with the contract's columns in the contract's order."""
    columns = [column.name for column in _kind(name).columns if column.target != "-"]
    path = folder / f"{name}.csv"
    file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    return writer


def _write(folder: Path, name: str, rows: Iterable[Row]) -> None:
    with ExitStack() as stack:
        _open(stack, folder, name).writerows(rows)
