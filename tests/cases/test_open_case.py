"""One visit, one card: a case with all its matters."""

import pytest

from cases.models import Case, Matter
from cases.opening import Wanted
from cases.services.intake import open_case
from common.errors import ConflictError, DeniedError, InputError
from common.models import Event
from tests import robots
from tests.factories.county import id_number, make_household, number_of
from workflows.models import WorkItem

FOURTEEN = [
    *("min_living", "destitute_support", "marginal_household", "expenditure_hardship"),
    *("temporary_aid", "medical_aid", "education_aid", "housing_aid", "employment_aid"),
    *("disaster_aid", "disabled_living", "disabled_care", "child_support", "utility_relief"),
]


def test_all_fourteen_begin_at_once_each_with_its_department(opened):
    case = opened(*FOURTEEN)

    assert case.status == "open"
    assert case.open_matters == 14
    assert (case.means, case.visit, case.in_person_count) == ("open", "open", 1)
    busy = {item.instance.definition.process_id for item in robots.ready(case)}
    # all but the relief that follows a status have something to do in the first minute
    assert busy == {*FOURTEEN, "intake"} - {"utility_relief"}
    assert {item.org_unit.code for item in robots.ready(case)} >= {"fuyun", "medins", "edu"}


def test_every_matter_has_its_limit_with_the_reason(opened):
    case = opened("disabled_care", "min_living")

    for matter in case.matters.all():
        assert matter.due_on
        assert "工作日" in matter.due_reason
        assert matter.clock_events.get().kind == "start"


def test_a_second_case_for_the_same_person_is_refused_and_names_the_first(opened):
    first = opened("temporary_aid")

    with pytest.raises(ConflictError) as refused:
        opened("housing_aid")

    assert refused.value.code == "open-case-exists"
    assert refused.value.extra["case_number"] == first.number
    assert Case.objects.count() == 1


def test_a_matter_open_for_the_household_is_refused_to_another_member(county, household, opened):
    first = opened("temporary_aid")
    other = household.memberships.exclude(relation="head").first().person

    with pytest.raises(ConflictError) as refused:
        open_case(
            actor=county["window2.fuyun"],
            id_number=number_of(other),
            matters=[Wanted("temporary_aid")],
            channel="window",
            consent=True,
        )

    assert refused.value.code == "open-matter-exists"
    assert refused.value.extra["case_number"] == first.number
    assert Case.objects.count() == 1
    assert WorkItem.objects.exclude(subject_id=first.pk).count() == 0


def test_two_windows_at_the_same_moment_open_one_case(county, household):
    number = number_of(household.memberships.get(relation="head").person)

    def window(username):
        return lambda: open_case(
            actor=county[username],
            id_number=number,
            matters=[Wanted(code) for code in FOURTEEN],
            channel="window",
            consent=True,
        )

    answers = robots.together(window("window.fuyun"), window("window2.fuyun"))

    cases = [a for a in answers if isinstance(a, Case)]
    refusals = [a for a in answers if isinstance(a, ConflictError)]
    assert len(cases) == 1
    assert [r.code for r in refusals] == ["open-case-exists"]
    assert refusals[0].extra["case_number"] == cases[0].number
    assert Matter.objects.count() == 14


def test_an_unknown_number_needs_a_name_and_makes_a_provisional_household(county):
    unknown = id_number(777, birth="19900101")
    wanted = {"matters": [Wanted("temporary_aid")], "channel": "window", "consent": True}

    with pytest.raises(InputError) as refused:
        open_case(actor=county["window.fuyun"], id_number=unknown, **wanted)
    case = open_case(actor=county["window.fuyun"], id_number=unknown, name="某新来", **wanted)

    assert refused.value.code == "name-required"
    assert case.household.is_provisional
    assert case.division_code == "331125001000"
    assert case.township.code == "fuyun"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id_number": "331125196503120011"}, "invalid-id-number"),
        ({"id_number": "12"}, "invalid-id-number"),
        ({"matters": []}, "invalid-data"),
        ({"matters": [Wanted("no_such")]}, "unknown-matter"),
        ({"matters": [Wanted("temporary_aid"), Wanted("temporary_aid")]}, "repeated-matter"),
        ({"matters": [Wanted("disabled_care", "P999999")]}, "invalid-data"),
        ({"consent": False}, "consent-missing"),
        ({"channel": "pigeon"}, "invalid-data"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(county, household, fields, code):
    events = Event.objects.count()
    head = household.memberships.get(relation="head").person
    wanted = {
        "id_number": number_of(head),
        "matters": [Wanted("temporary_aid")],
        "channel": "window",
        "consent": True,
        **fields,
    }

    with pytest.raises(InputError) as refused:
        open_case(actor=county["window.fuyun"], **wanted)

    assert refused.value.code == code
    assert not Case.objects.exists()
    assert Event.objects.count() == events


def test_a_department_does_not_open_cases(county, household):
    with pytest.raises(DeniedError):
        open_case(
            actor=county["dept.civil.handler"],
            id_number=number_of(household.memberships.get(relation="head").person),
            matters=[Wanted("temporary_aid")],
            channel="window",
            consent=True,
        )


def test_a_case_belongs_to_the_households_township_whichever_window_took_it(county, opened):
    far = make_household(9, village="331125201200")

    case = opened("disabled_care", who=far)

    assert case.township.code == "wuxi"
    assert robots.ready(case)[0].org_unit.code == "wuxi"
    assert Case.objects.visible_to(county["window.fuyun"]).filter(pk=case.pk).exists()
    assert Case.objects.visible_to(county["town.wuxi"]).filter(pk=case.pk).exists()
    assert not Case.objects.visible_to(county["window2.fuyun"]).filter(pk=case.pk).exists()
