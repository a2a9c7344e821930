"""Versions are published by editors, never changed, and read by staff."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from common import clock
from common.errors import ConflictError, DeniedError, InputError, MissingError
from permissions.models import RoleAssignment, User
from screening import policy_board, policy_text
from screening.models import Policy, PolicyReading
from screening.services import policies
from tests.factories.policies import make_curator, publish, set_standard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def curator(county) -> User:
    return make_curator()


def standing(user: User, code: str = "min_living") -> policy_board.Standing:
    [row] = policy_board.standings(user, policy_text.organisations(), code)
    return row


def test_a_version_keeps_what_was_generated_and_what_was_added(curator, tmp_path):
    first = publish(curator, notes="可以随时申请。\r\n\r\n", contacts=" 0578-1 ")
    before = list(Policy.objects.values())

    set_standard(tmp_path, 1200, since=clock.today())
    second = publish(curator, based_on=1, notes="可以随时申请。", contacts="0578-1")

    assert list(Policy.objects.filter(pk=first.pk).values()) == before
    assert (first.version, first.notes, first.contacts) == (1, "可以随时申请。", "0578-1")
    assert "1,100 元/月" in str(first.generated)
    assert "1,200 元/月" in str(second.generated)
    assert first.content_hash != second.content_hash


def test_a_published_version_cannot_be_changed_nor_taken_away(curator):
    policy = publish(curator, notes="原文")

    for change in (
        lambda: Policy.objects.update(notes="改"),
        lambda: Policy.objects.filter(pk=policy.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
            change()

    assert Policy.objects.get().notes == "原文"


@pytest.mark.parametrize(
    "who", ["visit.fuyun", "window.fuyun", "dept.civil.approver", "supervisor"]
)
def test_only_an_editor_publishes(county, curator, who):
    with pytest.raises(DeniedError):
        publish(county[who], notes="我写的")

    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_on", None),
        ("starts_on", "yesterday"),
        ("notes", "字" * 5001),
        ("contacts", "a\0b"),
        ("contacts", "a\u202eb"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(curator, field, value):
    day = clock.today() - timedelta(days=1)

    with pytest.raises(InputError) as refused:
        publish(curator, **{field: day if value == "yesterday" else value})

    assert [row.field for row in refused.value.errors] == [field]
    assert not Policy.objects.exists()


def test_the_same_again_is_no_version(curator):
    publish(curator, notes="一样")

    with pytest.raises(InputError):
        publish(curator, based_on=1, notes="一样")

    assert Policy.objects.count() == 1


def test_who_has_not_seen_a_colleagues_version_does_not_write_over_it(curator):
    publish(curator, notes="先发的")

    with pytest.raises(ConflictError):
        publish(make_curator("other"), based_on=0, notes="后发的")

    assert Policy.objects.get().notes == "先发的"


def test_an_unknown_matter_has_no_package(curator, county):
    with pytest.raises(MissingError):
        publish(curator, code="shared")
    with pytest.raises(MissingError):
        policies.mark_read(actor=county["town.fuyun"], code="nothing", version=1)
    with pytest.raises(MissingError):
        policies.mark_read(actor=county["town.fuyun"], code="min_living", version=1)


def test_what_begins_later_waits_and_a_later_version_goes_before_it(curator):
    today = clock.today()
    publish(curator, notes="现在")
    publish(curator, based_on=1, notes="下月", starts_on=today + timedelta(days=30))

    def shown(days: int) -> str:
        return Policy.objects.in_force(on=today + timedelta(days=days)).get().notes

    assert (shown(0), shown(29), shown(30)) == ("现在", "现在", "下月")
    publish(curator, based_on=2, notes="更正", starts_on=today + timedelta(days=10))
    assert (shown(9), shown(10), shown(30)) == ("现在", "更正", "更正")


def test_reading_is_noted_once_and_of_the_newest_version_alone(county, curator):
    reader = county["town.fuyun"]
    publish(curator)
    assert standing(reader).is_unread

    first = policies.mark_read(actor=reader, code="min_living", version=1)
    again = policies.mark_read(actor=reader, code="min_living", version=1)
    publish(curator, based_on=1, notes="新的")

    assert again.read_at == first.read_at
    assert standing(reader).is_unread
    assert standing(reader).reading.policy.version == 1
    with pytest.raises(ConflictError):
        policies.mark_read(actor=reader, code="min_living", version=1)
    policies.mark_read(actor=reader, code="min_living", version=2)
    assert standing(reader).is_read


def test_who_published_has_read(curator):
    publish(curator)

    assert standing(curator).is_read


def test_a_changed_catalogue_is_told_with_its_lines(curator, tmp_path):
    policy = publish(curator)
    assert not standing(curator).is_changed

    set_standard(tmp_path, 1200, since=clock.today())

    row = standing(curator)
    assert row.is_changed
    gone, new = policy_board.changes(policy, row.package, policy_text.organisations())
    assert any("1,100" in line for line in gone)
    assert not any("1,100" in line for line in new)
    assert any("低保标准（元/月）：1,200" in line for line in new)
    assert not standing(curator, "disaster_aid").is_changed


def test_receipts_are_counted_by_organisation(county, curator):
    policy = publish(curator)
    for who in ("town.fuyun", "window.fuyun"):
        policies.mark_read(actor=county[who], code="min_living", version=1)
    User.objects.filter(username="visit.fuyun").update(is_active=False)
    RoleAssignment.objects.filter(user__username="town2.fuyun").update(ends_on=clock.today())

    units = {unit.name: unit for unit in policy_board.receipts(policy)}

    assert units["fuyun"].done == 2
    assert [row.name for row in units["fuyun"].people] == [
        "window2.fuyun", "town.fuyun", "window.fuyun",
    ]  # fmt: skip
    assert (units["wuxi"].done, len(units["wuxi"].people)) == (0, 5)
    assert list(units)[-1] == "fuyun"


def test_of_an_old_reading_the_version_is_told(county, curator):
    publish(curator)
    policies.mark_read(actor=county["town.wuxi"], code="min_living", version=1)
    policy = publish(curator, based_on=1, notes="新的")

    unit = next(row for row in policy_board.receipts(policy) if row.name == "wuxi")

    told = {row.name: row.reading and row.reading.policy.version for row in unit.people}
    assert told["town.wuxi"] == 1
    assert told["visit.wuxi"] is None
    assert unit.done == 0
    assert policy_board.counts([standing(curator)])["min_living"][0] == 0
    assert PolicyReading.objects.count() == 3
