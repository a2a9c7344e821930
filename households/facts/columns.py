"""The facts as SQL columns, by name.

Aliases: `p` the person, `w` their household and place in it, `h` that household, `i` what its
members make of it, `a` the aid that reaches the person, `e` and `r` the fall of electricity and
water; the others as `tables` names them.
"""

from households.codes import Matter
from households.facts.words import CERTIFICATE, MONTHLY_SUMS, ON, happened, held


def known(column: str) -> str:
    return f"nullif({column}, '')::text"


def number(column: str) -> str:
    return f"{column}::numeric"


def months_since(column: str) -> str:
    span = f"age({ON}::timestamp, {column}::timestamp)"
    return f"(extract(year FROM {span}) * 12 + extract(month FROM {span}))"


INCOME_YEAR = "coalesce(h.income_year, i.income_month * 12)"
HOUSEHOLDS_STATUS = f"CASE WHEN {held('h')} THEN h.granted_category ELSE h.category END"
PERSON = {
    "age": f"extract(year FROM age({ON}::timestamp, p.birth_on::timestamp))",
    "sex": known("p.sex"),
    "relation": known("w.relation"),
    "hukou_local": "left(nullif(p.hukou_division, ''), 6) = left(h.division_code, 6)",
    "category": f"""nullif(CASE WHEN {held("p")} THEN p.granted_category
        WHEN p.category <> '' THEN p.category ELSE {HOUSEHOLDS_STATUS} END, '')::text""",
    "household_category": f"nullif({HOUSEHOLDS_STATUS}, '')::text",
    "low_income_farm": "h.low_income_farm",
    "obligor_state": known("p.obligor_state"),
    "father_state": known("p.father_state"),
    "mother_state": known("p.mother_state"),
    "labour": known("p.labour"),
    "school_stage": known("p.school_stage"),
    "care_level": known("p.care_level"),
    "care_status": known("p.care_status"),
    "disability_category": known("p.disability_category"),
    "disability_grade": """CASE WHEN p.disability_category = 'none' THEN 0
        ELSE p.disability_grade END::numeric""",
    "certificate_valid": CERTIFICATE,
    "certificate_expired": f"coalesce(p.disability_to < {ON}, false)",
    "severe_illness": "p.severe_illness",
    "insured": "p.insured",
    "employment": known("p.employment"),
    "unemployed": """CASE WHEN p.employment = '失业' OR p.unemployed_since IS NOT NULL
        THEN true WHEN p.employment <> '' THEN false END""",
    "unemployed_months": f"""CASE WHEN p.unemployed_since IS NOT NULL
        THEN greatest({months_since("p.unemployed_since")}, 0)
        WHEN p.employment NOT IN ('', '失业') THEN 0 END""",
    "medical_own_cost": "p.medical_own_cost_year",
    "dead": happened("p.died_on"),
    "died_earlier": f"coalesce(p.died_on < date_trunc('month', {ON}::timestamp), false)",
    "imprisoned": happened("p.imprisoned_on"),
    "moved_away": happened("p.moved_on"),
    "registrations": "seats.registrations",
    "account_shared": """account.bank_account_index IS NOT NULL
        AND (account.low IS DISTINCT FROM w.household_id
            OR account.high IS DISTINCT FROM w.household_id)""",
}
HOUSEHOLD = {
    # of who is in no household, nobody lives in one
    "members": "coalesce(i.members, 0)",
    "lives_alone": "coalesce(i.members, 0) = 1",
    "income_month": "i.income_month",
    "pci": "round(i.income_month / nullif(i.members, 0), 2)",
    "income_year": INCOME_YEAR,
    "rigid_spending_year": "h.rigid_spending_year",
    "rigid_share": f"round(h.rigid_spending_year / nullif({INCOME_YEAR}, 0), 4)",
    "pci_less_rigid": f"""round(
        ({INCOME_YEAR} - h.rigid_spending_year) / 12 / nullif(i.members, 0), 2)""",
    "assets": "h.assets",
    "homes": number("h.homes"),
    "vehicles": number("h.vehicles"),
    "vehicles_value": "h.vehicles_value",
    "companies": number("h.companies"),
    "housing": known("h.housing"),
    "dwelling_grade": known("h.dwelling_grade"),
    "floor_area_per_head": "round(h.floor_area / nullif(i.members, 0), 2)",
    "electricity_account_known": "h.electricity_account <> ''",
    "water_account_known": "h.water_account <> ''",
    "gas_account_known": "h.gas_account <> ''",
    "review_class": known("h.review_class"),
    "review_overdue": f"h.next_review_on < {ON}",
    "electricity_drop": "e.percent",
    "water_drop": "r.percent",
    "has_severely_disabled": "i.has_severely_disabled",
    "has_student": "i.has_student",
}
AID_IN_FORCE = {
    **{f"has_{code}": f"coalesce(a.has_{code}, false)" for code in Matter.values},
    **{f"month_{code}": f"coalesce(a.month_{code}, 0)" for code in MONTHLY_SUMS},
    "education_aid_12m": "coalesce(a.education_aid_lately, false)",
    "temporary_aid_count_12m": "coalesce(a.temporary_aid_count, 0)::numeric",
    "temporary_aid_sum_12m": "coalesce(a.temporary_aid_sum, 0)",
    "bill_overpaid": "overpaid.person_id IS NOT NULL",
    "bill_twice": "twice.person_id IS NOT NULL",
    "paid_after_death": f"""{happened("p.died_on")} AND (late.person_id IS NOT NULL
        OR coalesce(a.monthly_own OR a.monthly_household AND i.members = 0, false))""",
    "has_other_household_aid": "coalesce(a.other_household, false)",
}
COLUMNS = PERSON | HOUSEHOLD | AID_IN_FORCE
