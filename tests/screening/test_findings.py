"""Findings are stable from run to run, and people resolve them."""

from collections import Counter
from pathlib import Path

import pytest

from common import clock
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.models import Event
from households.models import Benefit, Person
from screening.county import screen
from screening.jobs import run_nightly
from screening.models import Finding
from screening.services import findings
from tests.api.client import Api
from tests.exchange.conftest import run
from tests.screening.planted import DISABLED, POOR, Register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def register(county, tmp_path: Path) -> Register:
    """One missed, one twice, one that cannot be told."""
    found = Register()
    found.add(POOR, **DISABLED)
    child = found.add(born="20150101", care_status="orphan", school_stage="primary", **DISABLED)
    found.grant("child_support", child, starts_on="2026-03-01")
    found.grant("disabled_living", child, starts_on="2026-05-01")
    found.add(**DISABLED | {"disability_grade": "", "care_level": "half"})
    assert run(*found.write(tmp_path))[0] == 0
    return found


def night() -> dict[str, int]:
    return findings.keep(hits=lambda: screen(on=clock.today()))


def by_rule() -> dict[str, Finding]:
    return {row.rule: row for row in Finding.objects.holding()}


def test_a_second_night_changes_nothing(register):
    first = night()
    before = list(Finding.objects.order_by("pk").values())

    second = night()

    assert (first["opened"], second) == (3, {"opened": 0, "changed": 0, "closed": 0})
    assert list(Finding.objects.order_by("pk").values()) == before
    assert Counter(Finding.objects.values_list("kind", flat=True)) == {
        "missed": 1, "duplicate": 1, "unknown": 1,
    }  # fmt: skip


def test_a_finding_carries_its_evidence(register):
    night()

    twice = by_rule()["child_disabled_living"]
    assert (twice.matter, twice.other_matter) == ("disabled_living", "child_support")
    assert str(twice.since) == "2026-05-01"
    assert str(twice.amount_month) == "330.00"
    assert twice.facts == {"has_child_support": True, "has_disabled_living": True}
    assert (twice.table, twice.row) == ("rules/duplicate", "child_disabled_living")
    assert by_rule()["missing_disabled_care"].missing == ["disability_grade"]


def test_it_closes_when_its_cause_is_gone_and_opens_anew_when_it_comes_again(register):
    night()
    aid = Benefit.objects.get(matter="disabled_living")
    Benefit.objects.filter(pk=aid.pk).update(ends_on=aid.starts_on)

    gone = night()
    Benefit.objects.filter(pk=aid.pk).update(ends_on=None)
    again = night()

    assert (gone["closed"], again["opened"]) == (1, 1)
    rows = Finding.objects.filter(rule="child_disabled_living").order_by("pk")
    assert [row.status for row in rows] == ["closed", "open"]
    told = Event.objects.filter(name__startswith="finding.", data__rule="child_disabled_living")
    names = [event.name for event in told.order_by("pk")]
    assert names == ["finding.opened", "finding.closed", "finding.opened"]


def test_what_was_dismissed_stays_so_until_its_facts_change(county, register):
    night()
    missed = by_rule()["missing_disabled_living"]
    findings.resolve(
        actor=county["town.fuyun"],
        finding_id=missed.pk,
        decision="dismissed",
        reason="本人不愿申请",
    )

    same = night()
    Person.objects.filter(pk=missed.person_id).update(category="marginal_household")
    other = night()

    assert same == {"opened": 0, "changed": 0, "closed": 0}
    assert other["changed"] == 1
    missed.refresh_from_db()
    assert (missed.status, missed.resolution) == ("open", "")


def test_a_part_of_the_county_leaves_the_rest_alone(register):
    night()

    done = findings.keep(hits=list, division="331125201")

    assert done == {"opened": 0, "changed": 0, "closed": 0}
    assert Finding.objects.holding().count() == 3


def test_a_move_takes_the_finding_along_and_other_parts_meet_it(register):
    night()
    missed = by_rule()["missing_disabled_living"]
    household = missed.household
    assert household is not None
    type(household).objects.filter(pk=household.pk).update(division_code="331125201200")

    part = list(screen(on=clock.today(), division="331125201"))
    done = findings.keep(hits=lambda: part, division="331125201")

    assert done == {"opened": 0, "changed": 1, "closed": 0}
    missed.refresh_from_db()
    assert (missed.division_code, missed.status) == ("331125201200", "open")


def test_events_tell_each_opening_and_closing_once(county, register):
    night()
    missed = by_rule()["missing_disabled_living"]
    call = {"actor": county["town.fuyun"], "finding_id": missed.pk, "reason": "不愿申请"}
    for _twice in range(2):
        findings.resolve(decision="dismissed", **call)
    Person.objects.filter(pk=missed.person_id).update(category="marginal_household")
    night()
    findings.resolve(decision="dismissed", **call)
    Person.objects.filter(pk=missed.person_id).update(category="none")
    night()

    told = Event.objects.filter(data__rule="missing_disabled_living").order_by("pk")

    names = [event.name.removeprefix("finding.") for event in told]
    assert names == ["opened", "closed", "opened", "closed"]


def test_the_night_job_screens_everybody(register):
    run_nightly.func(timestamp=0)

    assert Finding.objects.count() == 3
    assert not Benefit.objects.exclude(ends_on=None).exists()  # nothing stops by itself


def test_who_may_resolve_and_how(county, register):
    night()
    missed = by_rule()["missing_disabled_living"]
    call = {"finding_id": missed.pk, "decision": "confirmed", "reason": "入户核实属实"}

    with pytest.raises(MissingError):
        findings.resolve(actor=county["town.wuxi"], **call)
    with pytest.raises(DeniedError):
        findings.resolve(actor=county["window.fuyun"], **call)
    for wrong in ({"decision": "perhaps"}, {"reason": "  "}, {"reason": "长" * 1001}):
        with pytest.raises(InputError):
            findings.resolve(actor=county["town.fuyun"], **call | wrong)
    done = findings.resolve(actor=county["town.fuyun"], **call)

    assert (done.status, done.resolved_by) == ("confirmed", county["town.fuyun"])
    Finding.objects.filter(pk=missed.pk).update(status="closed")
    with pytest.raises(ConflictError):
        findings.resolve(actor=county["town.fuyun"], **call)


def test_the_api_lists_narrows_and_resolves(county, register):
    night()
    api = Api(county["town.fuyun"])

    everything = api.get("screening/findings/").data["results"]
    [missed] = api.get("screening/findings/?kind=missed").data["results"]
    elsewhere = Api(county["town.wuxi"]).get("screening/findings/").data["results"]
    answer = api.post(
        f"screening/findings/{missed['id']}/resolve/", {"decision": "confirmed", "reason": "属实"}
    )
    again = api.get("screening/findings/?status=confirmed").data["results"]

    assert len(everything) == 3
    assert (missed["person_no"], missed["amount_month"]) == ("P1", "330.00")
    assert elsewhere == []
    assert (answer.status, answer.data["status"]) == (200, "confirmed")
    assert [row["id"] for row in again] == [missed["id"]]
    bad = api.post(f"screening/findings/{missed['id']}/resolve/", {"decision": "x", "reason": "y"})
    assert (bad.status, bad.code) == (422, "invalid-data")
    assert (
        api.post("screening/findings/999/resolve/", {"decision": "confirmed", "reason": "y"}).status
        == 404
    )


def test_a_page_takes_a_fixed_number_of_queries(county, register, django_assert_max_num_queries):
    night()
    api = Api(county["supervisor"])

    with django_assert_max_num_queries(6):
        api.get("screening/findings/")
