"""What the made-up households are granted and paid, as rows of benefits.csv and payments.csv.

Benefits fit the status of their people, but for a few errors that real registers have too: aid
that is missed, pairs that exclude each other, aid that runs on after a death.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from exchange.sample.people import REFERENCE, STANDARD, Home, Person, Row, chance, day_before

CARE_BY_GRADE = {"1": "500.00", "2": "250.00", "3": "125.00"}
MEASURES = {
    "min_living": "最低生活保障金",
    "destitute_support": "特困人员基本生活费和照料护理费",
    "marginal_household": "低保边缘家庭认定",
    "expenditure_hardship": "刚性支出困难家庭认定",
    "temporary_aid": "临时救助金",
    "medical_aid": "医疗救助",
    "education_aid": "困难大学生一次性助学金",
    "housing_aid": "农村危房改造补助",
    "disabled_living": "困难残疾人生活补贴",
    "disabled_care": "重度残疾人护理补贴",
    "child_support": "儿童基本生活费",
    "utility_relief": "居民用电每月15度免费",
    "aged_living": "高龄津贴",
    "veteran_allowance": "优抚对象生活补助",
    "low_income_farm": "低收入农户帮促",
    "home_care": "居家养老服务",
    "charity_aid": "慈善总会春节慰问物资",
    "supplementary_insurance": "浙丽保参保代缴",
}
SOURCES = {
    "medical_aid": "medins", "supplementary_insurance": "medins", "education_aid": "edu",
    "housing_aid": "housing", "utility_relief": "power", "veteran_allowance": "veterans",
    "low_income_farm": "farm", "charity_aid": "charity",
}  # fmt: skip


class Office:
    """Hands out benefits, numbered through; the same random source, the same aid."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._count = 0

    def benefits(self, home: Home) -> Iterator[Row]:
        """All benefits of one household and its people."""
        yield from self._of_household(home)
        for person in home.people:
            yield from self._of_person(home, person)
            yield from self._of_disabled(home, person)

    def payments(self, benefit: Row) -> Iterator[Row]:
        """The last three months of what is paid monthly; once for what was granted once."""
        if not benefit.get("amount"):
            return
        months = (REFERENCE.replace(month=m) for m in (4, 5, 6))
        days = [m.replace(day=20) for m in months]
        if benefit["form"] != "monthly":
            days = [date.fromisoformat(benefit["starts_on"]) + timedelta(days=7)]
        for number, paid_on in enumerate(days, start=1):
            if paid_on >= REFERENCE or not _runs(benefit, paid_on):
                continue
            yield {
                "source": benefit["source"],
                "source_ref": f"{benefit['source_ref']}-{number}",
                "person_no": benefit.get("person_no", ""),
                "household_no": benefit.get("household_no", ""),
                "matter": benefit["matter"],
                "paid_on": paid_on.isoformat(),
                "amount": benefit["amount"],
                "period": f"{paid_on:%Y-%m}",
                "benefit_ref": benefit["source_ref"],
                "bill_no": benefit.get("bill_no", ""),
            }

    def _of_household(self, home: Home) -> Iterator[Row]:
        random, category = self.random, home.category
        since = _month_after(home.row["category_since"])
        if category == "min_living":
            gap = STANDARD * len(home.people) - Decimal(home.row["income_month"])
            amount = f"{max(gap, Decimal(60)):.2f}"
            yield self._grant(home, "min_living", since, amount)
        elif category in ("marginal_household", "expenditure_hardship"):
            yield self._grant(home, category, since, form="status")
        elif home.row["low_income_farm"] == "1":
            yield self._grant(home, "low_income_farm", day_before(random, 100, 1200), form="status")
        is_lit = bool(home.row["electricity_account"])
        # one in eight is missed
        if category in ("min_living", "destitute_support") and is_lit and chance(random, 0.88):
            yield self._grant(home, "utility_relief", since, form="waiver")
        yield from self._now_and_then(home)

    def _now_and_then(self, home: Home) -> Iterator[Row]:
        random, category = self.random, home.category
        if home.row["dwelling_grade"] in ("C", "D") and chance(random, 0.5):
            yield self._once(home, "housing_aid", "22000.00")
        if category != "none" and chance(random, 0.09):
            yield self._once(home, "temporary_aid", f"{random.randint(6, 40) * 100}.00")
        if category != "none" and chance(random, 0.2):
            yield self._grant(home, "charity_aid", "2026-02-10", form="in_kind",
                              ends_on="2026-02-11")  # fmt: skip

    def _of_person(self, home: Home, person: Person) -> Iterator[Row]:
        random, status, row = self.random, home.status(person), person.row
        since = _month_after(home.row["category_since"])
        if status == "destitute_support":
            care = {"half": 400, "full": 900}.get(row["care_level"], 150)
            amount = f"{STANDARD * 13 // 10 + care}.00"
            yield self._grant(home, "destitute_support", since, amount, person)
        if row.get("care_status") in ("orphan", "unattended") and chance(random, 0.92):
            amount = f"{STANDARD * 14 // 10}.00"
            starts = day_before(random, 30, 900)
            yield self._grant(home, "child_support", _month_after(starts), amount, person)
        if status in ("min_living", "destitute_support") and chance(random, 0.95):
            yield self._once(home, "supplementary_insurance", "120.00", person, on="2026-01-05")
        if status != "none" and row["severe_illness"] == "1" and chance(random, 0.7):
            yield self._bill(home, person)
        if status != "none" and row["school_stage"] == "university" and chance(random, 0.75):
            yield self._once(home, "education_aid", "8500.00", person, on="2025-09-20")
        yield from self._of_aged(home, person)

    def _of_aged(self, home: Home, person: Person) -> Iterator[Row]:
        random = self.random
        if person.age >= 80 and chance(random, 0.97):
            yield self._grant(home, "aged_living", day_before(random, 30, 1500), "60.00", person)
        if person.age >= 60 and person.is_male and chance(random, 0.02):
            yield self._grant(home, "veteran_allowance", "2021-08-01", "880.00", person)
        if person.age >= 75 and len(home.people) == 1 and chance(random, 0.3):
            yield self._grant(home, "home_care", day_before(random, 30, 700), person=person,
                              form="service")  # fmt: skip

    def _of_disabled(self, home: Home, person: Person) -> Iterator[Row]:
        random, status, row = self.random, home.status(person), person.row
        grade = row.get("disability_grade", "")
        if not grade:
            return
        since = _month_after(row["disability_from"])
        is_poor = status in ("min_living", "marginal_household")
        # 特困 and children on support are excluded; a few get it none the less
        is_excluded = status == "destitute_support" or bool(row.get("care_status"))
        if (is_poor and not is_excluded and chance(random, 0.92)) or (
            is_excluded and chance(random, 0.03)
        ):
            amount = f"{STANDARD * 3 // 10}.00"
            yield self._grant(home, "disabled_living", since, amount, person)
        is_heavy = grade in "12" or (
            grade == "3" and row["disability_category"] in ("intellectual", "mental")
        )
        is_cared = row["care_level"] in ("half", "full")
        if is_heavy and is_cared and status != "destitute_support" and chance(random, 0.93):
            yield self._grant(home, "disabled_care", since, CARE_BY_GRADE[grade], person)

    def _bill(self, home: Home, person: Person) -> Row:
        total = Decimal(person.row["medical_own_cost_year"]) / 2
        row = self._once(home, "medical_aid", f"{total * 6 / 10:.2f}", person)
        return row | {"bill_no": f"YB{self._count:07d}", "bill_total": f"{total:.2f}"}

    def _once(
        self, home: Home, matter: str, amount: str, person: Person | None = None, on: str = "",
        **more: str,
    ) -> Row:  # fmt: skip
        on = on or day_before(self.random, 10, 500)
        row = self._grant(home, matter, on, amount, person, form="once")
        return row | more

    def _grant(  # noqa: PLR0913  a row has so many columns
        self, home: Home, matter: str, starts_on: str, amount: str = "",
        person: Person | None = None, *, form: str = "monthly", ends_on: str = "",
    ) -> Row:  # fmt: skip
        self._count += 1
        owner = {"household_no": home.no}
        if person is not None:
            owner = {"person_no": person.row["person_no"]}
            died_on = person.row.get("died_on", "")
            # most aid stops with the month of a death; some runs on
            if died_on and form == "monthly" and chance(self.random, 0.7):
                ends_on = max(_month_after(died_on), starts_on)
        return {
            "source": SOURCES.get(matter, "civil"),
            "source_ref": f"YH26{self._count:07d}",
            **owner,
            "matter": matter,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "amount": amount,
            "form": form,
            "measure": MEASURES[matter],
        }


def readings(random: Random, home: Home) -> Iterator[Row]:
    """Six months of electricity and water; some meters stand still, some fall steeply."""
    for kind, account, base in (
        ("electricity", "electricity_account", 55 + 40 * len(home.people)),
        ("water", "water_account", 3 + 3 * len(home.people)),
    ):
        if not home.row[account]:
            continue
        level = base * random.uniform(0.6, 1.5)
        falls_from = random.randint(3, 6) if chance(random, 0.02) else 99
        for month in range(1, 7):
            use = level * random.uniform(0.85, 1.15) * (0.1 if month >= falls_from else 1)
            yield {
                "household_no": home.no,
                "kind": kind,
                "month": f"2026-{month:02d}",
                "amount": f"{use:.2f}",
            }


def _runs(benefit: Row, on: date) -> bool:
    if benefit["form"] != "monthly":
        return True
    starts_on, ends_on = benefit["starts_on"], benefit["ends_on"]
    return starts_on <= on.isoformat() and (not ends_on or ends_on > on.isoformat())


def _month_after(day: str) -> str:
    """The first day of the month after; never after the reference date."""
    if not day:
        return "2026-01-01"
    on = date.fromisoformat(day)
    first = (on.replace(day=1) + timedelta(days=32)).replace(day=1)
    return min(first, REFERENCE).isoformat()
