"""Refused here, fits there: a lead says so, as long as it is so."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation

from cases import catalogue
from cases.models import Outcome
from cases.opening import Wanted
from cases.services.intake import open_case
from common import clock, crypto
from households.models import Household, Person
from screening import words
from screening.models import Lead
from screening.reroutes import RULE, hits
from screening.services import sweeps
from tests import robots
from tests.exchange.conftest import run
from tests.screening.planted import DISABLED, POOR, Register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disabled(county, tmp_path: Path) -> Person:
    """On the minimum living allowance, with a disability of grade 3: the living subsidy fits, the
    care subsidy does not."""
    register = Register()
    number = register.add(POOR, **DISABLED)
    register.grant("min_living", household_no=register.home_of(number), amount="600.00")
    register.add()
    assert run(*register.write(tmp_path))[0] == 0
    return Person.objects.get(person_no=number)


def refused(county, person: Person, code: str = "disabled_care") -> Outcome:
    case = open_case(
        actor=county["window.fuyun"],
        id_number=crypto.decrypt(person.id_number),
        matters=[Wanted(code)],
        channel="window",
        consent=True,
    )
    robots.finish(case, decision="refused", reason="等级不符合")
    return Outcome.objects.get(matter__case=case)


def test_who_was_refused_one_matter_and_fits_another_is_a_lead_within_seconds(county, disabled):
    sweeps.sweep_changed()
    assert not Lead.objects.filter(rule=RULE).exists()

    refused(county, disabled)
    sweeps.sweep_changed()

    lead = Lead.objects.get(rule=RULE)
    assert (lead.person, lead.matter, lead.other_matter) == (
        disabled, "disabled_living", "disabled_care",
    )  # fmt: skip
    assert (lead.table, lead.township.code) == ("disabled_living/eligibility", "fuyun")
    assert lead.reason == "“重度残疾人护理补贴”没有确认，但按登记的情况符合“困难残疾人生活补贴”"
    assert lead.article
    assert lead.facts["disability_grade"] == 3
    with translation.override("en"):
        assert words.reasons([lead])[lead.pk] == (
            "“Care subsidy for severely disabled people” was refused, but by what is on record "
            "“Living subsidy for disabled people in hardship” fits"
        )
        assert RULE in words.rules()


def test_it_closes_by_itself_once_the_other_is_applied_for(county, disabled):
    refused(county, disabled)
    sweeps.sweep()
    assert Lead.objects.get(rule=RULE).status == "open"

    open_case(
        actor=county["window.fuyun"],
        id_number=crypto.decrypt(disabled.id_number),
        matters=[Wanted("disabled_living")],
        channel="window",
        consent=True,
    )
    sweeps.sweep()

    lead = Lead.objects.get(rule=RULE)
    assert (lead.status, lead.result) == ("closed", "moot")


def test_what_was_refused_too_or_long_ago_or_fits_nothing_is_none(county, disabled):
    outcome = refused(county, disabled)
    assert [hit.matter for hit in hits()] == ["disabled_living"]
    assert list(hits(person_ids=[disabled.pk + 1])) == []

    Outcome.objects.filter(pk=outcome.pk).update(decided_at=clock.now() - timedelta(days=91))
    assert list(hits()) == []

    Outcome.objects.filter(pk=outcome.pk).update(decided_at=clock.now())
    refused(county, disabled, "disabled_living")
    assert list(hits()) == []


def test_many_take_as_many_queries_as_one(county, disabled, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(catalogue, "_CACHE_SECONDS", 3600)
    refused(county, disabled)
    other = Person.objects.exclude(pk=disabled.pk).get()
    refused(county, other)
    list(hits())  # tables are compiled once

    with clock.held(), django_assert_num_queries(8) as one:  # with the sample's date
        list(hits(person_ids=[disabled.pk]))
    with clock.held(), django_assert_num_queries(len(one)):
        assert len(list(hits())) == 1
    assert Household.objects.count() == 2
