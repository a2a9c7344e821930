"""What the facts are read from, as SQL: each step for all people who are asked for at once.

Parameters: on (the day), people and households (ids), low and high (ends of a division's codes).
What hangs on people or households joins from the left alone: so the planner's guess of their
number stays, and with it a plan that does not compare each with each.
"""
# ruff: noqa: S608  every part is a constant of this room

from households.codes import Matter, ReadingKind
from households.facts.words import (
    MONTHLY_SUMS,
    ON,
    SEVERE,
    STATUSES,
    STUDENT,
    any_of,
    current,
    happened,
)

MONTH = f"date_trunc('month', {ON}::timestamp)::date"
# a death or a move ends the registration, but not by itself the aid
SOMEWHERE = f"""(m.household_id IS NOT NULL
    OR {happened("p.died_on")} OR {happened("p.moved_on")})"""
THESE_PEOPLE = "p.id = ANY(%(people)s::bigint[])"
OF_HOUSEHOLDS = """p.id IN (
    SELECT n.person_id FROM households_membership n
    WHERE n.household_id = ANY(%(households)s::bigint[]))"""
IN_HOUSEHOLDS = "m.household_id = ANY(%(households)s::bigint[])"
# what an index of pattern operators serves, in any locale of the database
_DIVISION = "{0}division_code ~>=~ %(low)s AND {0}division_code ~<~ %(high)s"
IN_DIVISION = f"""({_DIVISION.format("h.")}
    OR m.household_id IS NULL AND {_DIVISION.format("p.")})"""
OF_DIVISION = f"""p.id IN (
    SELECT n.person_id FROM households_household g
    JOIN households_membership n ON n.household_id = g.id
    WHERE {_DIVISION.format("g.")})"""
# the registration that names the person goes first, then the lowest number
FIRST = '(m.person_no = p.person_no) DESC, m.person_no COLLATE "C"'

# {0}: the people to look at, {1}: the households that count.
# `asked` is a column because a planner's guess of it, "half of them", is near enough
WHO = f"""
seat AS MATERIALIZED (
    SELECT p.id AS person_id, m.household_id, m.relation,
        row_number() OVER (PARTITION BY p.id ORDER BY {FIRST}) = 1 AND {{1}} AS asked
    FROM households_person p
    LEFT JOIN households_membership m ON m.person_id = p.id AND {current("m")}
    LEFT JOIN households_household h ON h.id = m.household_id
    WHERE {{0}}
), who AS MATERIALIZED (
    SELECT person_id, household_id, relation FROM seat WHERE asked
)"""

HOME = f"""
home AS (
    SELECT DISTINCT household_id FROM who WHERE household_id IS NOT NULL
), member AS (
    SELECT DISTINCT m.household_id, m.person_id
    FROM home JOIN households_membership m ON m.household_id = home.household_id
    WHERE {current("m")}
), counted AS (
    SELECT m.household_id, count(p.id) AS members, sum(p.income_month) AS income_sum,
        count(*) FILTER (WHERE p.birth_on <= {ON} - interval '18 years'
            AND p.income_month IS NULL) AS adults_unknown,
        {any_of(SEVERE)} AS has_severely_disabled,
        {any_of(STUDENT)} AS has_student
    FROM member m LEFT JOIN households_person p ON p.id = m.person_id
        AND NOT ({happened("p.died_on")} OR {happened("p.moved_on")}
            OR {happened("p.imprisoned_on")})
    GROUP BY m.household_id
), income AS (
    -- an income that a case has verified will go before the household's, here
    SELECT c.household_id, c.members::numeric AS members, c.has_severely_disabled, c.has_student,
        coalesce(h.income_month, CASE WHEN c.adults_unknown = 0 THEN c.income_sum END)
            AS income_month
    FROM counted c JOIN households_household h ON h.id = c.household_id
)"""

AID_ROW = f"""b.id AS benefit_id, b.household_id, b.matter, b.starts_on, b.bill_no,
    b.amount_yuan, b.bill_total_yuan, b.form = 'monthly' AS monthly,
    CASE WHEN b.form = 'once' THEN b.starts_on >= date_trunc('year', {ON}::timestamp)::date
        ELSE b.ends_on IS NULL OR b.ends_on > {ON} END AS runs"""
STARTED = f"b.starts_on <= {ON} AND (b.ends_on IS NULL OR b.ends_on > b.starts_on)"
HAS = ",\n".join(
    f"        bool_or(runs) FILTER (WHERE matter = '{code}') AS has_{code}"
    for code in Matter.values
)
SUMS = ",\n".join(
    f"        sum(amount_yuan) FILTER (WHERE matter = '{code}' AND runs AND monthly)"
    f" AS month_{code}"
    for code in MONTHLY_SUMS
)
TWELVE_MONTHS = f"starts_on > {ON} - interval '12 months'"
LATELY = f"matter = '{Matter.TEMPORARY_AID}' AND {TWELVE_MONTHS}"
HOUSEHOLDS_AID = f"household_id IS NOT NULL AND runs AND matter IN ({STATUSES})"
AID = f"""
aid AS MATERIALIZED (
    SELECT w.person_id, {AID_ROW}
    FROM who w JOIN households_benefit b ON b.person_id = w.person_id WHERE {STARTED}
    UNION ALL
    SELECT s.person_id, {AID_ROW}
    FROM (SELECT DISTINCT person_id, household_id FROM seat) s
    JOIN households_benefit b ON b.household_id = s.household_id WHERE {STARTED}
), granted AS (
    SELECT person_id,
{HAS},
{SUMS},
        count(*) FILTER (WHERE {LATELY}) AS temporary_aid_count,
        sum(amount_yuan) FILTER (WHERE {LATELY}) AS temporary_aid_sum,
        bool_or(matter = '{Matter.EDUCATION_AID}' AND {TWELVE_MONTHS}) AS education_aid_lately,
        bool_or(runs AND monthly) FILTER (WHERE household_id IS NULL) AS monthly_own,
        bool_or(runs AND monthly) FILTER (WHERE household_id IS NOT NULL) AS monthly_household,
        min(household_id) FILTER (WHERE {HOUSEHOLDS_AID})
            <> max(household_id) FILTER (WHERE {HOUSEHOLDS_AID}) AS other_household
    FROM aid GROUP BY person_id
)"""

FOUND = f"""
overpaid AS (
    SELECT DISTINCT person_id FROM (
        SELECT person_id FROM aid WHERE bill_no <> ''
        GROUP BY person_id, bill_no HAVING sum(amount_yuan) > max(bill_total_yuan)) bill
), twice AS (
    SELECT DISTINCT a.person_id
    FROM aid a JOIN households_benefit b ON b.matter = a.matter AND b.bill_no = a.bill_no
    WHERE a.bill_no <> '' AND b.bill_no <> '' AND b.id <> a.benefit_id AND {STARTED}
), late AS (
    SELECT DISTINCT w.person_id
    FROM who w JOIN households_person p ON p.id = w.person_id
    JOIN households_payment y ON y.person_id = p.id
    WHERE p.died_on <= {ON} AND y.paid_on <= {ON}
        AND y.paid_on >= date_trunc('month', p.died_on::timestamp) + interval '1 month'
), account AS (
    SELECT bank_account_index, min(household_id) AS low, max(household_id) AS high
    FROM (
        SELECT DISTINCT ON (p.id) p.bank_account_index, m.household_id
        FROM households_person p JOIN households_membership m ON m.person_id = p.id
        WHERE {current("m")} AND p.bank_account_index IN (
            SELECT mine.bank_account_index
            FROM who w JOIN households_person mine ON mine.id = w.person_id
            JOIN households_person other ON other.bank_account_index = mine.bank_account_index
                AND other.id <> mine.id)
        ORDER BY p.id, {FIRST}) sharer
    GROUP BY bank_account_index
), fall AS (
    SELECT household_id, kind, CASE WHEN before = 0 THEN 0 WHEN before > 0
        THEN greatest(round((1 - newest / before) * 100, 2), 0) END AS percent
    FROM (
        SELECT household_id, kind, max(amount) FILTER (WHERE place = 1) AS newest,
            avg(amount) FILTER (WHERE place > 1) AS before
        FROM (
            SELECT r.household_id, r.kind, r.amount, row_number() OVER (
                PARTITION BY r.household_id, r.kind ORDER BY r.month DESC) AS place
            FROM home JOIN households_reading r ON r.household_id = home.household_id
            WHERE r.month < {MONTH}) r
        WHERE place <= 4 GROUP BY household_id, kind) r
), seats AS (
    SELECT person_id, count(DISTINCT household_id)::numeric AS registrations
    FROM seat GROUP BY person_id
)"""

TABLES = """
FROM who w
JOIN households_person p ON p.id = w.person_id
LEFT JOIN households_household h ON h.id = w.household_id
"""
FALL = "LEFT JOIN fall {0} ON {0}.household_id = w.household_id AND {0}.kind = '{1}'"
# by alias: what a fact reads besides the person and the household
JOINS = {
    "seats": "LEFT JOIN seats ON seats.person_id = w.person_id",
    "i": "LEFT JOIN income i ON i.household_id = w.household_id",
    "a": "LEFT JOIN granted a ON a.person_id = w.person_id",
    "overpaid": "LEFT JOIN overpaid ON overpaid.person_id = w.person_id",
    "twice": "LEFT JOIN twice ON twice.person_id = w.person_id",
    "late": "LEFT JOIN late ON late.person_id = w.person_id",
    "account": "LEFT JOIN account ON account.bank_account_index = p.bank_account_index",
    "e": FALL.format("e", ReadingKind.ELECTRICITY),
    "r": FALL.format("r", ReadingKind.WATER),
}
