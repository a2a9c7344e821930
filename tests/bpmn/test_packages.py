"""Settings, lanes, forms and materials of every package, without running anything."""

import random
import re
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from .packages import (
    BPMN,
    CODES,
    ROOT,
    Package,
    catalogue,
    fill,
    kind,
    matters,
    packages,
    properties,
)

PACKAGES = pytest.mark.parametrize("package", packages(), ids=lambda p: p.code)
MATTERS = pytest.mark.parametrize("package", matters(), ids=lambda p: p.code)
ROLES = {"township_officer", "township_approver", "helper", "dept_handler", "dept_approver"}
JOINED = {  # who leads or joins a matter
    *("civil", "medins", "edu", "housing", "hr", "emergency", "development", "disabled"),
    *("power", "water_supply", "gas", "broadcast"),
}
LEADS = {
    "medical_aid": "medins",
    "education_aid": "edu",
    "housing_aid": "housing",
    "employment_aid": "hr",
    "disaster_aid": "emergency",
    "utility_relief": "development",
}
KEYS = {
    *("code", "number", "name", "measure", "lead", "with", "beneficiary", "form", "starts"),
    *("term_months", "status", "shares", "after", "excluded_by", "needs_status", "started_by"),
    *("joint", "limit", "steps", "basis", "materials", "review", "enabled"),
}
LIMIT = re.compile(r"[1-9]\d*(h|d|wd)")
EVENTS = {"means.verified", "visit.done", "status.settled"}
STATUSES = CODES[:4]


def lanes(package: Package):
    return list(package.process.iter(f"{BPMN}lane"))


def lane_of(package: Package) -> dict[str, dict[str, str]]:
    return {
        ref.text: properties(lane)
        for lane in lanes(package)
        for ref in lane.findall(f"{BPMN}flowNodeRef")
    }


def messages(package: Package) -> set[str]:
    return {m.attrib["name"] for m in package.root.iter(f"{BPMN}message")}


def test_every_matter_of_the_contract_has_its_folder_and_none_more():
    found = {path.name for path in (ROOT / "matters").iterdir() if path.name != "_template"}

    assert found == set(CODES)
    assert [p.settings["number"] for p in sorted(matters(), key=lambda p: CODES.index(p.code))]
    assert sorted(p.settings["number"] for p in matters()) == list(range(1, 15))


@MATTERS
def test_the_settings_hold_known_keys_and_codes_only(package):
    s = package.settings

    assert s.keys() <= KEYS
    assert s["code"] == package.code
    assert s["name"]["zh"]
    assert s["name"]["en"]
    assert s["lead"] == LEADS.get(package.code, "civil")
    assert {s["lead"], *s["with"]} <= JOINED
    assert s["beneficiary"] in {"person", "household"}
    assert s["form"] in {"monthly", "once", "yearly", "in_kind", "waiver", "service", "status"}
    assert s["starts"] in {"month_after", "month_of_application", "decision"}
    assert s["review"] in {"yearly", "half_yearly", "by_class", "follows_status", "none"}
    assert bool(s.get("status")) == (package.code in STATUSES)
    assert all(isinstance(row["from"], date) and row["text"] for row in s["basis"])


@PACKAGES
def test_every_step_has_a_form_and_a_limit(package):
    assert set(package.steps) == set(package.forms)
    assert set(package.steps) == set(package.settings["steps"])
    assert all(LIMIT.fullmatch(limit) for limit in package.settings["steps"].values())


@MATTERS
def test_the_promised_limit_binds(package):
    limit = package.settings["limit"]

    assert LIMIT.fullmatch(limit["statutory"])
    assert int(limit["promised"][:-2]) <= int(limit["statutory"][:-2])


@PACKAGES
def test_every_lane_is_a_role_in_an_organisation(package):
    found = lane_of(package)

    assert set(found) == set(package.nodes)
    for step in package.steps:
        role, organisation = found[step]["role"], found[step]["organisation"]
        assert role in ROLES
        assert organisation in (JOINED if role.startswith("dept_") else {"township"})
    used = {properties(lane)["organisation"] for lane in lanes(package)} - {"township"}
    if package.code in CODES:
        assert used == {package.settings["lead"], *package.settings["with"]}


@PACKAGES
def test_who_gives_an_opinion_does_not_decide(package):
    found = lane_of(package)

    for step in package.steps:
        decides = "decision" in package.forms[step]["properties"]
        assert decides == found[step]["role"].endswith("_approver")


@PACKAGES
def test_every_gateway_that_chooses_has_a_default(package):
    for key, node in package.nodes.items():
        ways = package.outgoing(key)
        if kind(node) != "exclusiveGateway" or len(ways) == 1:
            continue
        default = node.get("default")
        assert default in {way.get("id") for way in ways}
        for way in ways:
            assert way.get("name")
            has_condition = way.find(f"{BPMN}conditionExpression") is not None
            assert has_condition == (way.get("id") != default)


@MATTERS
def test_waiting_in_the_diagram_and_in_the_settings_agree(package):
    s, told = package.settings, messages(package)

    assert told <= EVENTS
    assert {m.split(".")[0] for m in told & {"means.verified", "visit.done"}} == set(s["joint"])
    assert ("status.settled" in told) == ("after" in s)
    assert set(s.get("excluded_by", [])) <= set(s.get("after", []))
    assert set(s.get("after", [])) <= set(CODES)
    assert set(s.get("needs_status", [])) <= set(STATUSES)


def test_no_matter_waits_for_itself_by_way_of_others():
    after = {p.code: set(p.settings.get("after", [])) for p in matters()}

    order: list[str] = []
    while after:
        free = [code for code, others in after.items() if others <= set(order)]
        assert free, f"a circle among {sorted(after)}"
        order += free
        after = {code: others for code, others in after.items() if code not in free}

    assert order.index("destitute_support") < order.index("min_living")
    assert order.index("min_living") < order.index("marginal_household")
    assert order.index("marginal_household") < order.index("expenditure_hardship")


@PACKAGES
def test_materials_are_of_known_kinds(package):
    kinds = catalogue("kinds")["kinds"]

    for row in package.settings["materials"]:
        assert row["kind"] in kinds
        assert isinstance(row["from_register"], bool)
        assert isinstance(row["required"], bool)


def test_parameters_are_dated_and_have_a_source():
    for row in catalogue("parameters")["parameters"]:
        assert isinstance(row["from"], date)
        assert row["source"]
        assert row["name"]["zh"]


def test_matters_that_share_an_opinion_share_its_form():
    groups: dict[str, list[Package]] = {}
    for package in matters():
        groups.setdefault(package.settings.get("shares", ""), []).append(package)
    groups.pop("")

    assert {len(group) for group in groups.values()} == {2, 3}
    for first, *others in groups.values():
        assert all(other.forms["opinion"] == first.forms["opinion"] for other in others)


@PACKAGES
def test_forms_are_flat_with_chinese_titles_and_a_robot_can_fill_them(package):
    for step, form in package.forms.items():
        Draft202012Validator.check_schema(form)
        assert form["additionalProperties"] is False
        for field in [form, *form["properties"].values()]:
            assert any(ord(letter) > 0x2E7F for letter in field["title"]), step
            assert field["x-en"]
        for field in form["properties"].values():
            assert field["type"] in {"string", "boolean", "integer"}
            assert set(field.get("x-labels", {})) == set(field.get("enum", []))
        for seed in range(20):
            answers = fill(form, random.Random(seed))
            assert not list(Draft202012Validator(form).iter_errors(answers)), (step, answers)


@PACKAGES
def test_photographs_never_hold_a_step(package):
    for form in package.forms.values():
        photos = {k for k, v in form["properties"].items() if v.get("format") == "material"}
        assert not photos & set(form["required"])


@PACKAGES
def test_a_form_that_decides_begins_with_the_favourable_answer(package):
    for form in package.forms.values():
        fields = form["properties"]
        if "decision" not in fields:
            continue
        assert fields["decision"]["enum"][:2] == ["approved", "refused"]
        assert {"decision", "reason"} <= set(form["required"])
        assert ("amount" in form["required"]) == (
            package.settings["form"] in {"monthly", "once", "yearly"}
        )


def test_a_child_is_not_publicised():
    (child,) = [p for p in matters() if p.code == "child_support"]

    assert "post_notice" not in child.steps


@MATTERS
def test_publicity_stops_the_clock_for_seven_days(package):
    timers = [
        n for n in package.nodes.values() if n.find(f"{BPMN}timerEventDefinition") is not None
    ]

    assert bool(timers) == ("post_notice" in package.steps)
    for timer in timers:
        assert properties(timer)["limit"] == "7d"
        assert properties(timer)["pauses_clock"]
