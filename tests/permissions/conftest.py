"""A small office: a clerk, two security administrators, the other two administrators."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from permissions.models import Division, OrgUnit, Role, RoleAssignment, User
from permissions.services import roles

PASSWORD = "Sunny-Window-7"
STAFF = {
    "clerk": ("fuyun", Role.WINDOW_CLERK),
    "security": ("civil", Role.SECURITY_ADMIN),
    "security2": ("civil", Role.SECURITY_ADMIN),
    "system": ("civil", Role.SYSTEM_ADMIN),
    "auditor": ("civil", Role.AUDITOR),
}


@pytest.fixture
def office(transactional_db: None) -> Callable[[str], User]:
    """A member of staff by name, as the database has it now."""
    Division.objects.create(code="331125000000", name="云和县", level="county")
    Division.objects.create(code="331125001000", name="浮云街道", level="town")
    units = {
        "civil": OrgUnit.objects.create(code="civil", name="民政局", kind="department"),
        "fuyun": OrgUnit.objects.create(
            code="fuyun", name="浮云街道", kind="township", division_code="331125001000"
        ),
    }
    for username, (unit, role) in STAFF.items():
        user = User.objects.create(
            username=username,
            name=username.title(),
            password=make_password(PASSWORD),
            password_set_at=timezone.now(),
        )
        RoleAssignment.objects.create(
            user=user, org_unit=units[unit], role=role, division_code="331125000000"
        )
    return lambda username: User.objects.get(username=username)


@pytest.fixture
def real(settings: Any) -> Any:
    """An installation that is no sample: ages and second factors count."""
    settings.LIANBAN_SAMPLE = False
    return settings


class Browser(Client):
    """A browser from one address."""

    def __init__(self, address: str = "10.0.0.1", **kwargs: Any) -> None:
        super().__init__(REMOTE_ADDR=address, HTTP_USER_AGENT="Firefox Linux", **kwargs)

    def sign_in(self, username: str, password: str = PASSWORD, **data: Any) -> Any:
        return self.post("/sign-in/", {"username": username, "password": password, **data})


def grant(office: Any, actor: str, whom: str, role: str, **more: Any) -> RoleAssignment:
    """A role given by somebody."""
    values = {"organisation": "civil", **more}
    return roles.grant_role(actor=office(actor), user_id=office(whom).pk, role=role, **values)
