"""Forms that the contracts forbid are refused at deployment."""

import json
import shutil

import pytest

from cases.drafts import RefusedError
from cases.services.packages import deploy_packages
from permissions.models import OrgUnit
from tests.bpmn.packages import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
MATTER = ROOT / "matters" / "disabled_care"


@pytest.mark.parametrize(
    ("step", "change", "code"),
    [
        ("accept", None, "not-flat"),
        ("accept", {"x": {"type": "object", "title": "甲"}}, "not-flat"),
        ("accept", {"x": {"type": "string", "title": "A"}}, "no-title"),
        (
            "decide",
            {"decision": {"type": "string", "title": "决定", "enum": ["refused"]}},
            "bad-decision",
        ),
        ("decide", {"amount": {"type": "number", "title": "金额"}}, "bad-money"),
    ],
)
def test_a_form_that_a_robot_could_not_fill(tmp_path, step, change, code):
    package = shutil.copytree(MATTER, tmp_path / "disabled_care")
    form = package / "forms" / f"{step}.json"
    schema = json.loads(form.read_text("utf-8"))
    if change is None:
        schema |= {"if": {"properties": {}}, "then": {}}
    else:
        schema["properties"] |= change
    form.write_text(json.dumps(schema), "utf-8")

    with pytest.raises(RefusedError) as refused:
        deploy_packages([package, ROOT / "rules"], dry_run=True)

    assert {problem.code for problem in refused.value.problems} == {code}


def test_what_nobody_knows_is_named(tmp_path):
    package = shutil.copytree(MATTER, tmp_path / "matters" / "disabled_care")
    toml = package / "matter.toml"
    text = toml.read_text("utf-8").replace('lead = "civil"', 'lead = "zzz"')
    toml.write_text(text.replace('kind = "id_card"', 'kind = "spell"'), "utf-8")
    process = package / "process.bpmn"
    xml = process.read_text("utf-8").replace('decision == "approved"', 'desicion == "approved"')
    process.write_text(xml, "utf-8")
    OrgUnit.objects.create(code="civil", name="民政局", kind="department")

    with pytest.raises(RefusedError) as refused:
        deploy_packages([tmp_path / "matters", ROOT / "shared", ROOT / "rules"], dry_run=True)

    found = {(problem.element, problem.code) for problem in refused.value.problems}
    assert ("zzz", "unknown-organisation") in found
    assert ("spell", "unknown-material") in found
    assert ("desicion", "unknown-name") in found


def test_a_folder_without_packages(tmp_path):
    with pytest.raises(RefusedError):
        deploy_packages([tmp_path], dry_run=True)
