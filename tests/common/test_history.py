"""变更历史: what a row was before, whatever changed it."""

import pytest
from django.apps import apps
from django.db import connection

from common import history
from common.models import Change
from common.usecase import use_case
from households.models import Household, Person
from permissions.models import OrgUnit, RoleAssignment, User
from tests.factories.county import make_household

pytestmark = pytest.mark.django_db(transaction=True)
ROOMS = ("common", "permissions", "workflows", "households", "cases", "screening")
# tables whose rows are no business facts, or tell of themselves
NOT_KEPT = {
    *("common_event", "common_change", "common_seal", "permissions_accessrecord"),  # logs
    *("common_idempotencykey", "cases_casenumber", "households_unscreened"),  # working tables
    "common_requestwindow",
    # what opens an account; the book of acts tells of it, and secrets have no history
    *("permissions_accountact", "permissions_session", "permissions_tokenscope"),
    *("permissions_usedpassword", "permissions_authenticator"),
    "otp_static_staticdevice",
    *("workflows_instance", "workflows_workitem", "workflows_timer"),  # engine and projections
    *("workflows_subscription", "workflows_incident", "cases_wait"),
    "cases_supplement_matters",  # never changes
}
TRIGGERS = """
SELECT tgrelid::regclass::text FROM pg_trigger
WHERE tgname IN ('keep_history', 'keep_history_of_updates') GROUP BY 1 HAVING count(*) = 2
"""


@pytest.fixture
def household() -> Household:
    return make_household(size=1)


def last() -> Change:
    return Change.objects.latest("id")


def test_every_business_table_is_kept():
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        kept = {name for (name,) in cursor.fetchall()}
    tables = {
        model._meta.db_table
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
    }

    assert tables - kept == NOT_KEPT


def test_an_update_tells_old_and_new_of_what_changed(household):
    Household.objects.filter(pk=household.pk).update(address="中山路 1 号", homes=2)

    row = last()
    assert (row.name, row.row_id, row.operation) == (
        "households_household",
        str(household.pk),
        "update",
    )
    assert row.changed == {"address": ["", "中山路 1 号"], "homes": [None, 2]}


def test_an_update_that_changes_nothing_tells_nothing(household):
    before = Change.objects.count()

    Household.objects.update(address="")

    assert Change.objects.count() == before


def test_protected_columns_are_told_as_changed_without_their_content(household):
    person = household.memberships.get().person
    Person.objects.filter(pk=person.pk).update(id_tail="000X", phone=b"secret", name="改名")

    assert last().changed == {"id_tail": True, "phone": True, "name": [person.name, "改名"]}

    user = User.objects.create(username="a", name="a", phone="13800000000", password="pw-hash")
    user.delete()
    for row in Change.objects.filter(name="permissions_user"):
        assert "13800000000" not in str(row.changed)
        assert "pw-hash" not in str(row.changed)
        assert row.changed["password"] is True


def test_a_deleted_row_is_kept_as_it_was():
    unit = OrgUnit.objects.create(code="civil", name="民政局", kind="department")
    unit.delete()

    row = last()
    assert (row.operation, row.changed["name"]) == ("delete", ["民政局", None])


def test_who_got_a_role_is_kept_from_the_first_row_on():
    unit = OrgUnit.objects.create(code="civil", name="民政局", kind="department")
    user = User.objects.create(username="a", name="a")
    RoleAssignment.objects.create(user=user, org_unit=unit, role="curator")

    assert last().operation == "insert"
    assert last().changed["role"] == [None, "curator"]


def test_new_rows_of_the_register_are_not_copied(household):
    assert not Change.objects.filter(name__startswith="households").exists()


def test_a_use_case_says_who_and_what(household):
    user = User.objects.create(username="a", name="a")

    @use_case
    def move_household(*, actor: User) -> None:
        Household.objects.update(address="新址")

    move_household(actor=user)

    row = last()
    assert (row.actor_id, row.by) == (user.pk, "tests.move_household")


def test_nobody_is_said_where_nobody_says_so(household):
    test_a_use_case_says_who_and_what(household)

    Household.objects.update(address="再改")

    assert (last().actor_id, last().by) == (None, "")


def test_the_context_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        history.say_who(by="x")


def test_signing_in_and_a_language_are_no_changes():
    user = User.objects.create(username="a", name="a")
    before = Change.objects.count()

    User.objects.filter(pk=user.pk).update(language="en")

    assert Change.objects.count() == before
