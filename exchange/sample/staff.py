"""The sample staff, as rows of staff.csv (contract: accounts)."""

from collections.abc import Iterator
from functools import cache

from exchange.sample.people import Row

COUNTY = "331125000000"
TOWNS = {
    "fuyun": ("浮云", "331125001000"),
    "yuanhe": ("元和", "331125002000"),
    "bailongshan": ("白龙山", "331125003000"),
    "fenghuangshan": ("凤凰山", "331125004000"),
    "chongtou": ("崇头", "331125105000"),
    "shitang": ("石塘", "331125106000"),
    "jinshuitan": ("紧水滩", "331125107000"),
    "wuxi": ("雾溪", "331125201000"),
    "anxi": ("安溪", "331125202000"),
    "chishi": ("赤石", "331125206000"),
}
# those that lead or join a matter
DEPARTMENTS = {
    "civil": "民政", "medins": "医保", "edu": "教育", "housing": "住建", "hr": "人社",
    "emergency": "应急", "development": "发改", "disabled": "残联", "power": "供电",
    "water_supply": "供水", "gas": "燃气", "broadcast": "广电",
}  # fmt: skip
_TOWN_ROLES = (
    ("window", "window_clerk", "窗口甲"), ("window2", "window_clerk", "窗口乙"),
    ("town", "township_officer", "经办"), ("town2", "township_approver", "审批"),
    ("visit", "helper", "网格员"),
)  # fmt: skip
_DEPARTMENT_ROLES = (
    ("handler", "dept_handler", "经办甲"), ("handler2", "dept_handler", "经办乙"),
    ("approver", "dept_approver", "审批甲"), ("approver2", "dept_approver", "审批乙"),
)  # fmt: skip
_OTHERS = (
    ("supervisor", "督办员", "civil", "supervisor", COUNTY),
    ("curator", "平台管理员甲", "civil", "curator", COUNTY),
    ("curator2", "平台管理员乙", "civil", "curator", COUNTY),
    ("system", "系统管理员", "civil", "system_admin", COUNTY),
    ("security", "安全管理员", "civil", "security_admin", COUNTY),
    ("auditor", "审计员", "audit", "auditor", COUNTY),
    # paired with 中山社区
    ("leader", "县领导", "county_office", "leader", "331125001001"),
    ("charity.hongxi", "虹溪录入员", "hongxi", "recorder", COUNTY),
)


def rows() -> Iterator[Row]:
    """All sample staff; their names say what they are."""
    for code, (name, division) in TOWNS.items():
        for prefix, role, title in _TOWN_ROLES:
            yield _row(f"{prefix}.{code}", name + title, code, role, division)
    for code, name in DEPARTMENTS.items():
        for suffix, role, title in _DEPARTMENT_ROLES:
            yield _row(f"dept.{code}.{suffix}", name + title, code, role, COUNTY)
    for username, name, organisation, role, division in _OTHERS:
        yield _row(username, name, organisation, role, division)


@cache
def usernames() -> frozenset[str]:
    return frozenset(row["username"] for row in rows())


def _row(username: str, name: str, organisation: str, role: str, division: str) -> Row:
    return {
        "username": username,
        "name": name,
        "organisation": organisation,
        "roles": role,
        "division_code": division,
    }
