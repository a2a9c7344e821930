"""脱敏: what is masked, what lays it open, and what is kept of it."""

from datetime import timedelta

import pytest

from common import clock, crypto
from common.models import IdempotencyKey
from permissions.models import AccessRecord

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ill(applicant):
    applicant.severe_illness, applicant.medical_own_cost_year = True, "12000.00"
    applicant.phone = crypto.encrypt("13800001234", about="phone")
    applicant.save()
    return applicant


def read(reader, person):
    return reader.get(f"persons/{person.person_no}/").data


def ask(reader, person, *fields, purpose="电话约定入户时间", **more):
    body = {"fields": list(fields), "purpose": purpose}
    return reader.post(f"persons/{person.person_no}/unmask/", body, **more)


def test_numbers_and_illness_are_masked_for_everybody(api, ill, number):
    for username in ("window.fuyun", "town.fuyun", "supervisor"):
        found = read(api(username), ill)

        assert found["id_number"] == f"{number[:3]}***********{number[-4:]}"
        assert found["phone"] == "138****1234"
        assert found["severe_illness"] is None
        assert found["medical_own_cost_year"] is None
        assert {"id_number", "phone", "bank_account", "severe_illness"} <= set(found["masked"])


def test_of_a_child_more_is_masked(api, ill):
    ill.birth_on = clock.today() - timedelta(days=9 * 366)
    ill.father_state = "dead"
    ill.save()

    found = read(api("town.fuyun"), ill)

    assert found["id_number"] == "*" * 18
    assert found["father_state"] is None
    assert "father_state" in found["masked"]


def test_who_goes_to_homes_sees_no_income(api, ill, household):
    household.income_month, household.address = "900.00", "一村 1 号"
    household.save()

    seen = api("visit.fuyun").get(f"households/{household.household_no}/").data
    whole = api("town.fuyun").get(f"households/{household.household_no}/").data

    assert (seen["address"], seen["income_month"]) == ("一村 1 号", None)
    assert "income_month" in seen["masked"]
    assert (whole["income_month"], whole["masked"]) == ("900.00", [])


def test_laid_open_for_a_purpose_and_on_record(api, ill, number):
    answer = ask(api("town.fuyun"), ill, "id_number", "severe_illness")

    assert answer.data["fields"] == {"id_number": number, "severe_illness": True}
    row = AccessRecord.objects.get(kind="unmask")
    assert (row.username, row.person_ids) == ("town.fuyun", [ill.pk])
    assert row.fields == ["id_number", "severe_illness"]
    assert row.purpose == "电话约定入户时间"


@pytest.mark.parametrize("purpose", ["", "  ", "看看", "x" * 201])
def test_without_a_purpose_nothing_is_shown(api, ill, purpose):
    answer = ask(api("town.fuyun"), ill, "id_number", purpose=purpose)

    assert answer.status == 422
    assert not AccessRecord.objects.filter(kind="unmask").exists()


@pytest.mark.parametrize("fields", [[], ["password"], ["id_index"], ["name"] * 50])
def test_what_is_not_masked_is_not_asked_for(api, ill, fields):
    assert ask(api("town.fuyun"), ill, *fields).status == 422


def test_who_sees_may_not_lay_open(api, ill):
    assert ask(api("supervisor"), ill, "phone").status == 403
    assert ask(api("visit.fuyun"), ill, "phone").status == 403
    assert ask(api("town.wuxi"), ill, "phone").status == 404


def test_no_answer_is_kept_with_the_numbers_in_it(api, ill, number):
    ask(api("town.fuyun"), ill, "id_number", key="k1")
    ask(api("town.fuyun"), ill, "id_number", key="k1")

    assert number not in str(list(IdempotencyKey.objects.values_list("answer", flat=True)))
    assert AccessRecord.objects.filter(kind="unmask").count() == 2
