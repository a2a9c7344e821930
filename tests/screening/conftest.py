"""A county with its matters and rules deployed."""

from pathlib import Path

import pytest

from permissions.models import OrgUnit, Role, RoleAssignment, User
from tests.cases.conftest import county
from tests.exchange.conftest import run
from tests.screening.planted import POOR, Register

__all__ = ["county"]


@pytest.fixture
def curators(county) -> tuple[User, User]:
    """Who writes a change, and who publishes it."""
    civil = OrgUnit.objects.get(code="civil")
    found = []
    for name in ("curator", "curator2"):
        user = User.objects.create(username=name, name=f"规则管理员 {name}")
        RoleAssignment.objects.create(
            user=user, org_unit=civil, role=Role.CURATOR, division_code="331125000000"
        )
        found.append(user)
    return found[0], found[1]


@pytest.fixture
def standards(county, tmp_path: Path) -> Register:
    """At a standard of 1,100 yuan: two households of one below it, one between it and 1,200, one
    far above."""
    found = Register()
    for income in ("500.00", "900.00", "1150.00", "5000.00"):
        found.add(
            POOR
            | {"category": "none", "rigid_spending_year": "0.00"}
            | {"income_month": income, "income_year": ""}
        )
    assert run(*found.write(tmp_path)[:2])[0] == 0
    return found
