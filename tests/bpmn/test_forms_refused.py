"""Forms that the contracts forbid are refused at deployment."""

import json
import shutil

import pytest

from cases.services.packages import RefusedError, deploy_packages
from tests.bpmn.packages import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
MATTER = ROOT / "matters" / "disabled_care"


@pytest.mark.parametrize(
    ("step", "change", "code"),
    [
        ("accept", {"if": {"properties": {}}, "then": {}}, "not-flat"),
        ("accept", {"properties": {"x": {"type": "object", "title": "甲"}}}, "not-flat"),
        ("accept", {"properties": {"x": {"type": "string", "title": "A"}}}, "no-title"),
        (
            "decide",
            {"properties": {"decision": {"type": "string", "title": "决定", "enum": ["refused"]}}},
            "bad-decision",
        ),
        ("decide", {"properties": {"amount": {"type": "number", "title": "金额"}}}, "bad-money"),
    ],
)
def test_a_form_that_a_robot_could_not_fill(tmp_path, step, change, code):
    package = shutil.copytree(MATTER, tmp_path / "disabled_care")
    form = package / "forms" / f"{step}.json"
    schema = json.loads(form.read_text("utf-8"))
    schema |= change
    form.write_text(json.dumps(schema), "utf-8")

    with pytest.raises(RefusedError) as refused:
        deploy_packages([package], dry_run=True)

    assert {problem.code for problem in refused.value.problems} == {code}


def test_a_folder_without_packages(tmp_path):
    with pytest.raises(RefusedError):
        deploy_packages([tmp_path], dry_run=True)
