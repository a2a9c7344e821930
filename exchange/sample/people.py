"""Made-up households of a mountain county, as rows of households.csv and persons.csv.

Shares are plausible, not measured: many aged people alone or in pairs, grandparents with
grandchildren, one in fourteen disabled, She 畲 people mostly in their two townships.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from common.identity import check_character
from exchange.sample import names

REFERENCE = date(2026, 7, 1)
# yuan a month: what the sample's incomes and sums are measured by
STANDARD = 1100
SHE_TOWNS = ("331125201", "331125202")

Row = dict[str, str]
# relation, age from, to
Member = tuple[str, int, int]
SHAPES: tuple[tuple[int, tuple[Member, ...]], ...] = (
    (24, (("head", 58, 92),)),
    (8, (("head", 30, 58),)),
    (19, (("head", 60, 88), ("spouse", 58, 88))),
    (14, (("head", 32, 55), ("spouse", 30, 53), ("child", 3, 22))),
    (9, (("head", 34, 55), ("spouse", 32, 53), ("child", 8, 22), ("child", 1, 16))),
    (8, (("head", 35, 58), ("child", 4, 23))),
    (6, (("head", 40, 62), ("parent", 66, 92))),
    (6, (("head", 38, 55), ("spouse", 36, 53), ("child", 5, 20), ("parent", 66, 90))),
    (3, (("head", 40, 54), ("spouse", 38, 52), ("child", 10, 22), ("parent", 68, 88),
         ("parent", 66, 86))),
    (3, (("head", 58, 76), ("grandchild", 5, 17))),
)  # fmt: skip
CATEGORIES = (("none", 60), ("min_living", 17), ("marginal_household", 16),
              ("destitute_support", 5), ("expenditure_hardship", 2))  # fmt: skip
CAUSES = (("因病", 34), ("因残", 24), ("缺劳力", 22), ("因学", 8), ("失业", 4), ("意外", 4),
          ("因灾", 2), ("其他", 2))  # fmt: skip
ABSENT = (("alive", 45), ("dead", 20), ("missing", 15), ("imprisoned", 10),
          ("severely_disabled", 10))  # fmt: skip
SCHOOLING = (("小学", 40), ("初中", 35), ("高中", 15), ("大学专科", 10))


@dataclass
class Person:
    row: Row
    age: int
    is_male: bool


@dataclass
class Home:
    """A household with its members; `people` in order, the head first."""

    row: Row
    people: list[Person] = field(default_factory=list)

    @property
    def category(self) -> str:
        return self.row["category"]

    @property
    def no(self) -> str:
        return self.row["household_no"]

    def status(self, person: Person) -> str:
        """A person's category goes before the household's."""
        return person.row["category"] or self.category


def money(random: Random, low: float, high: float) -> str:
    return f"{round(random.uniform(low, high), -1):.2f}"


def pick(random: Random, choices: tuple[tuple[str, int], ...]) -> str:
    return random.choices([c for c, _n in choices], [n for _c, n in choices])[0]


def chance(random: Random, share: float) -> bool:
    return random.random() < share


def day_before(random: Random, first: int, last: int) -> str:
    """A day so many days before the reference date."""
    return (REFERENCE - timedelta(days=random.randint(first, last))).isoformat()


class County:
    """Makes households one after another; the same seed, the same county."""

    def __init__(self, random: Random, villages: list[tuple[str, str]]) -> None:
        self.random = random
        self.villages = villages
        self._weights = [random.uniform(0.4, 1.6) for _village in villages]
        self._numbers: set[str] = set()
        self._people = 0

    def homes(self, count: int) -> Iterator[Home]:
        # drawn at once and sorted, so that numbers run through the villages
        drawn = self.random.choices(range(len(self.villages)), self._weights, k=count)
        for number, place in enumerate(sorted(drawn), start=1):
            yield self._home(number, *self.villages[place])

    def _home(self, number: int, division: str, village: str) -> Home:
        random = self.random
        is_she = chance(random, 0.4 if division.startswith(SHE_TOWNS) else 0.045)
        shape = random.choices([s for _w, s in SHAPES], [w for w, _s in SHAPES])[0]
        home = Home({"household_no": f"YH{number:06d}", "division_code": division})
        family = names.surname(random, is_she=is_she)
        for relation, low, high in shape:
            # wives and mothers keep a name of their own
            own = names.surname(random, is_she=is_she and chance(random, 0.5))
            name = own if relation == "spouse" else family
            age = self._age(home, relation, low, high)
            home.people.append(self._person(home, relation, age, name, is_she))
        self._children(home)
        self._means(home, village)
        return home

    def _children(self, home: Home) -> None:
        """Guardians and parents of the minors: not every child has both."""
        random = self.random
        has_spouse = any(p.row["relation"] == "spouse" for p in home.people)
        for person in home.people[1:]:
            row = person.row
            if person.age >= 18 or row["relation"] not in ("child", "grandchild"):
                continue
            row["guardian_no"] = home.people[0].row["person_no"]
            row["father_state"] = row["mother_state"] = "alive"
            if row["relation"] == "grandchild":
                row["father_state"] = pick(random, ABSENT)
                row["mother_state"] = pick(random, ABSENT)
            elif not has_spouse:
                row["mother_state"] = pick(random, (("alive", 70), ("dead", 20), ("missing", 10)))
            if row["father_state"] == row["mother_state"] == "dead":
                row["care_status"] = "orphan"
            elif "alive" not in (row["father_state"], row["mother_state"]):
                row["care_status"] = "unattended"

    def _age(self, home: Home, relation: str, low: int, high: int) -> int:
        head = home.people[0].age if home.people else 0
        if relation == "child":
            high = max(min(high, head - 20), low, 1)
        if relation == "spouse":
            low, high = max(low, head - 8), max(min(high, head + 3), low, head - 8)
        if relation == "parent":
            low = max(low, head + 19)
            high = max(high, low)
        return self.random.randint(low, high)

    def _person(self, home: Home, relation: str, age: int, family: str, is_she: bool) -> Person:
        random = self.random
        self._people += 1
        is_male = chance(random, 0.52)
        if relation == "spouse":
            is_male = not home.people[0].is_male
        born = REFERENCE - timedelta(days=round(age * 365.25) + random.randint(1, 364))
        row: Row = {
            "person_no": f"YHP{self._people:07d}",
            "id_number": self._id_number(born, is_male),
            "name": names.full_name(random, family, is_male=is_male),
            "household_no": home.no,
            "relation": relation,
            "category": "",
            "ethnicity": "畲族" if is_she else "汉族",
            "hukou_division": home.row["division_code"],
            "insured": "0" if chance(random, 0.03) else "1",
        }
        person = Person(row, age, is_male)
        self._life(person, is_alone=relation == "head")
        self._health(person)
        return person

    def _id_number(self, born: date, is_male: bool) -> str:
        """Sound by its check, the order number drawn at random; each once."""
        while True:
            place = "332527" if born < date(2000, 8, 1) else "331125"
            order = self.random.randint(0, 499) * 2 + (1 if is_male else 0)
            first = f"{place}{born:%Y%m%d}{order:03d}"
            if first not in self._numbers:
                self._numbers.add(first)
                return first + check_character(first)

    def _life(self, person: Person, *, is_alone: bool) -> None:
        random, row, age = self.random, person.row, person.age
        row["school_stage"] = _stage(random, age)
        if age >= 20:
            row["marital"] = "未婚" if age < 27 else "已婚"
            row["education"] = pick(random, SCHOOLING)
        row["labour"] = _labour(age)
        row["income_month"] = ""
        if 18 <= age < 60 and row["school_stage"] == "none":
            if chance(random, 0.14):
                row["employment"] = "失业"
                row["unemployed_since"] = day_before(random, 30, 700)
                row["income_month"] = "0.00"
            else:
                row["employment"] = pick(random, (("务农", 45), ("务工", 40), ("灵活就业", 15)))
        if age >= 18 and chance(random, 0.85):
            row["phone"] = f"1{random.choice('3578')}{random.randint(0, 999999999):09d}"
        if age >= 18 and chance(random, 0.9):
            row["bank_account"] = f"6210000{random.randint(0, 999999999999):012d}"

    def _health(self, person: Person) -> None:
        random, row, age = self.random, person.row, person.age
        is_ill = chance(random, 0.02 + age / 1500)
        row["severe_illness"] = "1" if is_ill else "0"
        row["health"] = "重病" if is_ill else "慢性病" if chance(random, age / 250) else "健康"
        cost = money(random, 9000, 62000) if is_ill else money(random, 0, 900 + age * 30)
        row["medical_own_cost_year"] = cost
        row["disability_category"] = "none"
        row["care_level"] = "half" if age > 85 and chance(random, 0.4) else "self"
        if chance(random, 0.045 + age / 1900):
            self._disability(person)

    def _disability(self, person: Person) -> None:
        random, row = self.random, person.row
        kinds = (("physical", 44), ("visual", 12), ("hearing", 14), ("speech", 4),
                 ("intellectual", 11), ("mental", 11), ("multiple", 4))  # fmt: skip
        grade = random.choices("1234", (14, 24, 30, 32))[0]
        row["disability_category"], row["disability_grade"] = pick(random, kinds), grade
        issued = REFERENCE - timedelta(days=random.randint(200, 3400))
        row["disability_from"] = issued.isoformat()
        row["disability_to"] = issued.replace(year=issued.year + 10, day=1).isoformat()
        if grade in "12":
            row["care_level"] = pick(random, (("self", 25), ("half", 45), ("full", 30)))
            if person.age >= 16:
                row["labour"] = "lost" if grade == "1" else "part"
        row["health"] = "残疾"

    def _means(self, home: Home, village: str) -> None:
        """Status, income and property of a household, the one fitting the other."""
        random, row = self.random, home.row
        category = _fitting(home, pick(random, CATEGORIES))
        size = len(home.people)
        low, high = {
            "min_living": (0.1, 0.95), "destitute_support": (0.05, 0.6),
            "marginal_household": (1.02, 1.95), "expenditure_hardship": (2.0, 3.2),
            "none": (1.3, 5.0),
        }[category]  # fmt: skip
        if category == "min_living" and chance(random, 0.02):
            low, high = 1.2, 1.8
        income = round(random.uniform(low, high) * STANDARD * size)
        poor = category != "none"
        row["category"] = category
        row["category_since"] = day_before(random, 60, 2600) if poor else ""
        row["low_income_farm"] = "1" if poor or chance(random, 0.25) else "0"
        row["review_class"] = random.choice("ABC") if category == "min_living" else ""
        row["next_review_on"] = (
            (REFERENCE + timedelta(days=random.randint(-40, 360))).isoformat() if poor else ""
        )
        row["address"] = f"{village.removesuffix('村委会')}{random.randint(1, 320)}号"
        row["poverty_cause"] = pick(random, CAUSES) if poor else ""
        row["income_month"] = f"{income}.00"
        row["income_year"] = f"{income * 12}.00"
        self._property(home, income, poor=poor)

    def _property(self, home: Home, income: int, *, poor: bool) -> None:
        random, row = self.random, home.row
        size = len(home.people)
        own_cost = sum(float(p.row["medical_own_cost_year"]) for p in home.people)
        heavy = row["category"] == "expenditure_hardship"
        rigid = max(own_cost * 1.1, income * 12 * random.uniform(0.75, 1.1) if heavy else 0)
        row["rigid_spending_year"] = f"{rigid:.2f}"
        grades = (("A", 62), ("B", 30), ("C", 6), ("D", 2)) if poor else (("A", 80), ("B", 20))
        row["housing"] = pick(random, (("own", 86), ("rent", 6), ("borrow", 6), ("none", 2)))
        row["floor_area"] = f"{random.uniform(14, 42) * size:.2f}"
        row["dwelling_grade"] = pick(random, grades)
        row["homes"] = "0" if row["housing"] != "own" else "2" if chance(random, 0.03) else "1"
        row["assets"] = money(random, 0, (9 if poor else 40) * STANDARD * size)
        has_car = chance(random, 0.02 if poor else 0.3)
        row["vehicles"] = "1" if has_car else "0"
        row["vehicles_value"] = money(random, 20000, 160000) if has_car else "0.00"
        row["companies"] = "1" if chance(random, 0.004 if poor else 0.03) else "0"
        number = home.no[2:]
        row["electricity_account"] = f"5780{number}" if chance(random, 0.97) else ""
        row["water_account"] = f"W{number}" if chance(random, 0.9) else ""
        row["gas_account"] = f"G{number}" if chance(random, 0.12) else ""
        row["bank_account"] = home.people[0].row.get("bank_account", "")


def _labour(age: int) -> str:
    if age < 16:
        return "none"
    return "lost" if age > 78 else "part" if age > 62 else "full"


def _stage(random: Random, age: int) -> str:
    for until, stage in ((3, "none"), (6, "preschool"), (12, "primary"), (15, "junior")):
        if age < until:
            return stage
    if age < 18:
        return pick(random, (("senior", 60), ("vocational", 40)))
    if age < 23 and chance(random, 0.6):
        return "university"
    return "none"


def _fitting(home: Home, category: str) -> str:
    """Only people who can be 特困 are: alone and old, or disabled; others are 低保."""
    if category != "destitute_support":
        return category
    head = home.people[0]
    is_fit = head.age >= 60 or head.row.get("disability_grade") in ("1", "2")
    fits = len(home.people) == 1 and is_fit
    if not fits:
        return "min_living"
    head.row["obligor_state"] = "none"
    head.row["marital"] = "未婚"
    return category
