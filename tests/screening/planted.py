"""A register without a fault, and what is planted into it."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.exchange.conftest import as_csv, benefit, id_number, person

VILLAGE = "331125001001"
Row = dict[str, str]
# everything known, nothing wrong
HOUSEHOLD = {
    "division_code": VILLAGE, "category": "none", "low_income_farm": "0", "housing": "own",
    "floor_area": "60.00", "dwelling_grade": "A", "homes": "1", "income_month": "3000.00",
    "income_year": "36000.00", "rigid_spending_year": "2000.00", "assets": "1000.00",
    "vehicles": "0", "vehicles_value": "0.00", "companies": "0",
}  # fmt: skip
PERSON = {
    "relation": "head", "hukou_division": VILLAGE, "obligor_state": "able", "labour": "full",
    "school_stage": "none", "care_level": "self", "care_status": "none", "employment": "务农",
    "severe_illness": "0", "insured": "1", "disability_category": "none",
    "medical_own_cost_year": "0.00", "father_state": "dead", "mother_state": "dead",
}  # fmt: skip
POOR = {
    "category": "min_living", "category_since": "2025-01-10", "income_month": "500.00",
    "income_year": "6000.00", "review_class": "A", "next_review_on": "2027-01-01",
}  # fmt: skip
DISABLED = {
    "disability_category": "physical", "disability_grade": "3", "disability_from": "2020-03-01",
    "disability_to": "2030-02-28", "labour": "part",
}  # fmt: skip
PLANTED = 258  # households that `plant` adds
Finding = tuple[str, str, str, str, str | None]  # kind, rule, person_no, matter, other_matter


class Register:
    """Rows of the register's files, and the findings that must come of them."""

    def __init__(self) -> None:
        self.households: list[Row] = []
        self.persons: list[Row] = []
        self.benefits: list[Row] = []
        self.expected: set[Finding] = set()
        self._numbers: Iterator[int] = count(1)

    def add(self, household: Row | None = None, born: str = "19700101", **cells: str) -> str:
        """A household of one; its person's number."""
        number = next(self._numbers)
        no = f"H{number}"
        self.households.append(HOUSEHOLD | {"household_no": no} | (household or {}))
        row = person(number, **(PERSON | {"household_no": no} | cells))
        # sound numbers, each once: a thousand to a day
        day = f"{born[:6]}{number // 1000 + 1:02d}"
        self.persons.append(row | {"id_number": id_number(number % 1000, day)})
        return str(row["person_no"])

    def grant(self, matter: str, person_no: str = "", household_no: str = "", **cells: str) -> None:
        """Monthly aid that runs."""
        number = len(self.benefits) + 1
        named = {"person_no": person_no, "household_no": household_no, "matter": matter}
        self.benefits.append(benefit(number, **(named | {"amount": "330.00"} | cells)))

    def home_of(self, person_no: str) -> str:
        return "H" + person_no[1:]

    def expect(
        self, kind: str, rule: str, person_no: str, matter: str, other: str | None = None
    ) -> None:
        self.expected.add((kind, rule, person_no, matter, other))

    def write(self, folder: Path) -> list[Path]:
        """The files, in the order of import."""
        told = {
            "households": self.households, "persons": self.persons, "benefits": self.benefits,
        }  # fmt: skip
        paths = []
        for name, rows in ((name, rows) for name, rows in told.items() if rows):
            path = folder / f"{name}.csv"
            path.write_text(as_csv(rows), "utf-8")
            paths.append(path)
        return paths


def sound(register: Register, number: int) -> None:
    """People of all kinds with whom nothing is wrong."""
    for place in range(number):
        match place % 5:
            case 0:
                poor = register.add(POOR)
                register.grant("min_living", household_no=register.home_of(poor), amount="600.00")
            case 1:
                aided = register.add(POOR, **DISABLED)
                register.grant("disabled_living", aided)
            case 2:
                cared = register.add(**DISABLED | {"disability_grade": "1", "care_level": "full"})
                register.grant("disabled_care", cared, amount="500.00")
            case 3:  # disabled, neither poor nor in need of care
                register.add(**DISABLED)
            case _:
                register.add()


def plant(register: Register) -> None:
    """The seed's own figures, and one of each of the others."""
    _duplicates(register)
    _missed(register)
    _excessive(register)
    for _ in range(5):  # care is needed, but the grade is not on record
        unknown = register.add(**DISABLED | {"disability_grade": "", "care_level": "half"})
        register.expect("unknown", "missing_disabled_care", unknown, "disabled_care")


def _duplicates(register: Register) -> None:
    destitute = POOR | {"category": "destitute_support"}
    for place in range(8):
        who = register.add(destitute, obligor_state="none", **DISABLED)
        register.grant("destitute_support", who, amount="1430.00")
        second = "disabled_care" if place % 2 else "disabled_living"
        register.grant(second, who)
        register.expect("duplicate", f"destitute_{second}", who, second, "destitute_support")
    for _ in range(6):
        child = {"care_status": "orphan", "school_stage": "primary", "labour": "none"}
        who = register.add(born="20150101", **DISABLED | child)
        register.grant("child_support", who, amount="1540.00")
        register.grant("disabled_living", who)
        register.expect(
            "duplicate", "child_disabled_living", who, "disabled_living", "child_support"
        )
    accounts = [register.add(bank_account="6210000000000000123") for _ in range(2)]
    for who in accounts:
        register.expect("duplicate", "shared_account", who, "other")
    twice = register.add()
    again = register.persons[-1] | {"person_no": f"{twice}B", "household_no": "H1"}
    register.persons.append(again | {"relation": "other"})
    register.expect("duplicate", "double_registration", twice, "min_living")  # H1 draws it


def _missed(register: Register) -> None:
    for _ in range(120):
        who = register.add(POOR, **DISABLED)
        register.expect("missed", "missing_disabled_living", who, "disabled_living")
    for place in range(110):
        care = {"care_level": "full" if place % 2 else "half", "disability_grade": "2"}
        who = register.add(**DISABLED | care)
        register.expect("missed", "missing_disabled_care", who, "disabled_care")


def _excessive(register: Register) -> None:
    for died_on, is_late in (("2026-05-20", True), ("2026-07-03", False)):
        who = register.add(died_on=died_on, **DISABLED)
        register.grant("disabled_care", who)
        if is_late:
            register.expect("excessive", "death_disabled_care", who, "disabled_care")
    expired = register.add(POOR, **DISABLED | {"disability_to": "2026-05-31"})
    register.grant("disabled_living", expired)
    register.expect("excessive", "certificate_expired_living", expired, "disabled_living")
    grown = register.add(born="20050101", care_status="orphan")
    register.grant("child_support", grown, amount="1540.00")
    register.expect("excessive", "child_grown_up", grown, "child_support")
    rich = register.add(POOR | {"income_month": "1500.00"})
    register.expect("excessive", "income_over_standard", rich, "min_living")
    late = register.add(POOR | {"next_review_on": "2026-06-30"})
    register.expect("excessive", "review_overdue", late, "min_living")
