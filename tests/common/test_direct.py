"""Statements that are made once read and write as the ORM does."""

import pytest
from django.db import DatabaseError

from common import clock, direct
from common.models import Event, IdempotencyKey

pytestmark = pytest.mark.django_db


def event(**fields) -> Event:
    return Event(name="case.opened", stream="case:1", at=clock.now(), **fields)


def test_added_rows_get_their_ids_and_are_what_the_orm_reads():
    rows = [event(data={"matters": ["最低生活保障"], "n": 1}), event(actor_id=7)]

    direct.add(rows)

    found = list(Event.objects.order_by("id"))
    assert found == rows
    assert found[0].data == {"matters": ["最低生活保障"], "n": 1}
    assert [row.actor_id for row in found] == [None, 7]
    assert not rows[0]._state.adding


def test_nothing_is_added_for_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert list(direct.add([])) == []


def test_a_change_writes_the_named_fields_alone():
    [row] = direct.add([key("a")])
    row.status, row.key = 201, "b"

    direct.change(row, ["status"])

    row.refresh_from_db()
    assert (row.status, row.key) == (201, "a")


def test_a_row_that_is_gone_cannot_be_changed():
    [row] = direct.add([key("a")])
    IdempotencyKey.objects.all().delete()

    with pytest.raises(DatabaseError):
        direct.change(row, ["status"])


def test_a_reader_loads_models_json_decoded_and_leaves_out_what_is_not_asked_for():
    [row] = direct.add([event(data={"a": [1, None]})])
    reader = direct.Reader(Event, other=(Event, ["name", "id"]))

    [(found, other)] = reader.all(
        "FROM common_event r JOIN common_event other ON other.id = r.id WHERE r.id = %s", [row.pk]
    )

    assert (found.data, found.at) == ({"a": [1, None]}, row.at)
    assert other.get_deferred_fields() >= {"stream", "data"}
    assert (other.pk, other.name) == (row.pk, "case.opened")


def test_what_an_outer_join_left_empty_is_none():
    [row] = direct.add([event()])
    reader = direct.Reader(Event, other=(Event, ["id", "name"]))

    found = reader.all("FROM common_event r LEFT JOIN common_event other ON false", [])

    assert found == [(row, None)]
    assert reader.first("FROM common_event r LEFT JOIN common_event other ON false", []) == row


@pytest.mark.parametrize(("ids", "text", "value"), [([3], "= 3", 3), ([3, 4], "= ANY", [3, 4])])
def test_one_id_is_compared_plainly_and_several_as_a_list(ids, text, value):
    statement, found = direct.among("WHERE id = ANY(%(ids)s)", ids)

    assert text.replace("3", "%(ids)s") in statement
    assert found == value


def key(name: str) -> IdempotencyKey:
    return IdempotencyKey(user_id=1, key=name, fingerprint=b"", created_at=clock.now())


def test_what_is_there_already_is_left_alone():
    assert direct.add_new([key("a"), key("b")]) == 2
    assert direct.add_new([key("a"), key("b"), key("c")]) == 1
    assert IdempotencyKey.objects.count() == 3


def test_rows_are_removed_by_one_value_or_several():
    first, second, third, other = direct.add([key(name) for name in "abcd"])

    gone = direct.remove(IdempotencyKey, user_id=1, id=[first.pk, second.pk], key="d")
    assert gone == 0
    assert direct.remove(IdempotencyKey, user_id=1, id=[first.pk, second.pk]) == 2
    assert direct.remove(IdempotencyKey, id=[third.pk]) == 1
    assert list(IdempotencyKey.objects.all()) == [other]


def test_many_rows_are_copied_in_and_get_their_ids():
    rows = [event(data={"n": n, "text": "\t\\N\n县"}) for n in range(300)]
    rows.append(event(actor_id=7))

    direct.copy_in(rows)

    assert list(Event.objects.order_by("id")) == rows
    assert [row.data for row in Event.objects.order_by("id")] == [row.data for row in rows]
    assert Event.objects.get(actor_id=7).pk == rows[-1].pk
    assert direct.add([event()])[0].pk > rows[-1].pk
