"""An editor, and a county whose sums change."""

import shutil
from datetime import date
from pathlib import Path

from cases import catalogue
from cases.services.packages import deploy_packages
from permissions.models import OrgUnit, Role, RoleAssignment, User
from screening.models import Policy
from screening.services import policies
from tests.factories.county import BPMN


def make_curator(username: str = "curator") -> User:
    """An editor of the policy packages, at the civil affairs bureau."""
    user = User.objects.create(username=username, name=username)
    unit = OrgUnit.objects.get(code="civil")
    RoleAssignment.objects.create(
        user=user, org_unit=unit, role=Role.CURATOR, division_code="331125000000"
    )
    return user


def publish(actor: User, *, code: str = "min_living", based_on: int = 0, **fields) -> Policy:
    """A version of a matter's package, in force from the day of the test's clock."""
    from common import clock

    told = {"notes": "", "contacts": "", "starts_on": clock.today(), **fields}
    return policies.publish(actor=actor, code=code, based_on=based_on, **told)


def set_standard(folder: Path, value: int, since: date) -> None:
    """Deploy the rules with one more value of the standard S."""
    rules = folder / "rules"
    shutil.copytree(BPMN / "rules", rules)
    file = rules / "parameters.toml"
    row = f'key = "S"\nname = {{ zh = "低保标准（元/月）" }}\nvalue = {value}\nfrom = {since}\n'
    file.write_text(file.read_text() + f'\n[[parameters]]\n{row}source = "测试"\n')
    deploy_packages([rules])
    catalogue.forget()
