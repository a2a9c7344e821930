"""Definitions: immutable versions by content; state that stays with its own."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests.workflows.drawing import draw
from workflows.engine import parse
from workflows.engine.run import Process
from workflows.errors import DefinitionError, EngineStepError
from workflows.models import Definition, Instance
from workflows.services.definitions import deploy_definition

pytestmark = pytest.mark.django_db(transaction=True)

ONE = draw("p", "start > a > end")
TWO = draw("p", "start > a > b > end")


def test_versions_count_up_and_the_same_content_is_the_same_version(user):
    first, second = (
        deploy_definition(source=ONE, actor=user),
        deploy_definition(source=TWO, actor=user),
    )

    again = deploy_definition(source=ONE, actor=user)

    assert (first.version, second.version) == (1, 2)
    assert again == first
    assert bytes(Definition.objects.get(pk=first.pk).source) == ONE


def test_a_definition_is_never_changed(user):
    found = deploy_definition(source=ONE, actor=user)

    with pytest.raises(TypeError):
        found.save()
    with pytest.raises(DatabaseError, match="immutable"):
        Definition.objects.update(version=9)


def test_an_unsound_diagram_is_refused_with_its_elements(user):
    with pytest.raises(DefinitionError) as caught:
        deploy_definition(source=draw("p", "start > a > end", lane="无"), actor=user)

    assert [(p.element, p.code) for p in caught.value.problems] == [("a", "no-role")]
    assert not Definition.objects.exists()


def test_running_instances_stay_on_their_version(run):
    old, new = run(ONE), run(TWO)
    parse._cache.clear()

    assert old.do("a").ended
    assert new.do("a").ended is None


def test_state_of_one_definition_is_refused_by_another():
    one, two = parse.compile_source(ONE), parse.compile_source(TWO)
    process = Process.start(one, {})
    process.run()
    state = process.dump()

    with pytest.raises(EngineStepError, match="state"):
        Process.load(two, state)


@pytest.mark.parametrize("state", [b"", b"{}", b"[]", b'{"format":9}', b"\xff"])
def test_damaged_state_is_named(state):
    with pytest.raises(EngineStepError, match="state"):
        Process.load(parse.compile_source(ONE), state)


def test_state_is_bytes_without_specifications(run):
    run(ONE)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_typeof(state)::text, state FROM workflows_instance")
        kind, state = cursor.fetchone()

    assert kind == "bytea"
    assert b"task_specs" not in bytes(state)
    assert b"condition" not in bytes(state)


def test_two_deployments_at_once_are_one_version(user):
    with transaction.atomic():
        deploy_definition(source=ONE, actor=user)
        deploy_definition(source=ONE, actor=user)

    assert Definition.objects.count() == 1


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(parse, "MAX_CACHED", 3)
    for number in range(6):
        parse.compile_source(draw(f"p{number}", "start > a > end"))

    assert len(parse._cache) <= 3


def test_nothing_of_a_diagram_reaches_the_engine_s_own_python(run):
    flow = run(ONE)
    process = Process.load(
        parse.compile_source(ONE), bytes(Instance.objects.get(pk=flow.instance.pk).state)
    )

    with pytest.raises(Exception, match="switched off"):
        process.workflow.script_engine.evaluate(None, "1")
