"""What a confirmed finding begins, and how a department decides on a stop."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cases.models import Case, Matter
from cases.opening import Wanted
from cases.services.intake import open_case
from common import clock, crypto
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.models import Event
from households import steps as households
from households.models import Benefit, Person
from screening.county import screen
from screening.models import Correction, Finding
from screening.services import corrections, findings, sweeps
from tests.api.client import Api
from tests.exchange.conftest import run
from tests.screening.planted import DISABLED, POOR, Register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def register(county, tmp_path: Path) -> Register:
    """One missed, one twice, one that cannot be told; all were screened."""
    found = Register()
    found.add(POOR, **DISABLED)
    child = found.add(born="20150101", care_status="orphan", school_stage="primary", **DISABLED)
    found.grant("child_support", child, starts_on="2026-03-01")
    found.grant("disabled_living", child, starts_on="2026-05-01")
    found.add(**DISABLED | {"disability_grade": "", "care_level": "half"})
    assert run(*found.write(tmp_path))[0] == 0
    findings.keep(hits=lambda: screen(on=clock.today()))
    return found


def confirm(county, rule: str, who: str = "town.fuyun") -> Finding:
    row = Finding.objects.holding().get(rule=rule)
    return findings.resolve(
        actor=county[who], finding_id=row.pk, decision="confirmed", reason="入户核实属实"
    )


def test_missed_aid_that_is_confirmed_opens_a_case_once(county, register):
    done = confirm(county, "missing_disabled_living")
    again = confirm(county, "missing_disabled_living")

    assert done.case is not None
    assert (done.case.channel, done.case.in_person_count) == ("proactive", 0)
    assert list(done.case.matters.values_list("code", flat=True)) == ["disabled_living"]
    assert again.case == done.case
    assert Event.objects.filter(name="case.opened").count() == 1


def test_who_may_not_open_cases_gives_a_lead_to_the_township(county, register):
    done = confirm(county, "missing_disabled_living", "supervisor")

    assert done.case is None
    assert done.lead is not None
    assert (done.lead.township.code, done.lead.matter) == ("fuyun", "disabled_living")
    assert done.lead.sources.get().channel == "finding"


def test_what_could_not_be_told_becomes_a_lead(county, register):
    done = confirm(county, "missing_disabled_care")

    assert (done.case, done.lead.rule) == (None, "missing_disabled_care")


def test_aid_twice_asks_its_department_and_stops_nothing(county, register):
    done = confirm(county, "child_disabled_living")

    asked = Correction.objects.get(finding=done)
    assert (asked.status, asked.org_unit.code) == ("open", "civil")
    assert asked.due_at > clock.now() + timedelta(days=9)
    assert not Benefit.objects.exclude(ends_on=None).exists()


def test_an_approver_stops_the_aid_and_the_finding_closes_with_its_cause(county, register):
    asked = Correction.objects.get(finding=confirm(county, "child_disabled_living"))
    aid = Benefit.objects.get(matter="disabled_living")

    done = corrections.decide(
        actor=county["dept.civil.approver"],
        correction_id=asked.pk,
        decision="stop",
        reason="与孤儿基本生活费不能同时享受",
        benefit_id=aid.pk,
    )
    sweeps.sweep_changed()

    aid.refresh_from_db()
    assert (done.status, done.benefit, done.ends_on) == ("stopped", aid, clock.today())
    assert aid.ends_on == clock.today()
    assert Event.objects.get(name="benefit.ended").data["correction"] == asked.pk
    assert Finding.objects.get(pk=asked.finding_id).status == "closed"


def test_what_was_paid_after_the_end_may_be_recovered_and_no_more(county, register):
    asked = Correction.objects.get(finding=confirm(county, "child_disabled_living"))
    aid = Benefit.objects.get(matter="disabled_living")
    day = clock.today() - timedelta(days=30)
    households.record_payment(
        benefit=aid, source_ref="p1", paid_on=day + timedelta(days=3), amount_yuan=Decimal(330)
    )
    call = {
        "actor": county["dept.civil.approver"], "correction_id": asked.pk, "decision": "stop",
        "reason": "重复享受", "benefit_id": aid.pk, "ends_on": day,
    }  # fmt: skip

    for wrong in ("330.01", "0", "-1", "x", "NaN"):
        with pytest.raises(InputError):
            corrections.decide(recover=wrong, **call)
    done = corrections.decide(recover="330.00", **call)

    assert done.recover_yuan == Decimal("330.00")


def test_who_decides_on_a_stop(county, register):
    asked = Correction.objects.get(finding=confirm(county, "child_disabled_living"))
    call = {"correction_id": asked.pk, "decision": "keep", "reason": "已核实，不重复"}

    with pytest.raises(MissingError):
        corrections.decide(actor=county["dept.edu.approver"], **call)
    with pytest.raises(DeniedError):
        corrections.decide(actor=county["dept.civil.handler"], **call)
    Correction.objects.update(opened_by=county["dept.civil.approver2"])
    with pytest.raises(DeniedError) as own:
        corrections.decide(actor=county["dept.civil.approver2"], **call)
    for wrong in ({"decision": "maybe"}, {"reason": " "}, {"decision": "stop", "benefit_id": 999}):
        with pytest.raises(InputError):
            corrections.decide(actor=county["dept.civil.approver"], **call | wrong)
    done = corrections.decide(actor=county["dept.civil.approver"], **call)
    with pytest.raises(ConflictError):
        corrections.decide(actor=county["dept.civil.approver"], **call)

    assert own.value.code == "same-officer"
    assert (done.status, done.benefit) == ("kept", None)
    assert not Benefit.objects.exclude(ends_on=None).exists()


def test_the_api_lists_and_decides(county, register):
    asked = Correction.objects.get(finding=confirm(county, "child_disabled_living"))
    api = Api(county["dept.civil.approver"])
    aid = Benefit.objects.get(matter="disabled_living")

    [listed] = api.get("screening/corrections/?status=open").data["results"]
    ambiguous = api.post(
        f"screening/corrections/{asked.pk}/decide/", {"decision": "stop", "reason": "重复"}
    )
    done = api.post(
        f"screening/corrections/{asked.pk}/decide/",
        {"decision": "stop", "reason": "重复", "benefit_id": aid.pk},
    )

    assert (listed["id"], listed["organisation"]) == (asked.pk, "civil")
    assert (ambiguous.status, ambiguous.code) == (422, "invalid-data")
    assert (done.status, done.data["status"]) == (200, "stopped")
    assert Api(county["dept.edu.approver"]).get("screening/corrections/").data["results"] == []


def test_a_finding_shows_the_aid_and_the_payments_behind_it(county, register):
    aid = Benefit.objects.get(matter="disabled_living")
    paid = {"benefit": aid, "amount_yuan": Decimal("330.00")}
    households.record_payment(source_ref="p1", paid_on=clock.today(), **paid)
    households.record_payment(source_ref="p2", paid_on=clock.today() - timedelta(days=31), **paid)

    [twice] = Api(county["town.fuyun"]).get("screening/findings/?kind=duplicate").data["results"]

    told = {row["matter"]: (row["paid"], row["paid_until"]) for row in twice["aid"]}
    assert told == {
        "disabled_living": ("660.00", str(clock.today())),
        "child_support": (None, None),
    }


def test_what_the_household_applies_for_already_is_no_second_case(county, register):
    missed = Finding.objects.holding().get(rule="missing_disabled_living")
    Finding.objects.filter(pk=missed.pk).update(matter="disaster_aid")
    neighbour = Person.objects.get(memberships__person_no="P3")
    open_case(
        actor=county["window.fuyun"],
        id_number=crypto.decrypt(neighbour.id_number),
        matters=[Wanted("disaster_aid")],
        channel="window",
        consent=True,
    )
    Matter.objects.update(household=missed.household)  # another member came to the window

    done = confirm(county, "missing_disabled_living")

    assert done.case is None
    assert done.lead is not None
    assert Case.objects.count() == 1
