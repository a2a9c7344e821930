"""A change of the rules: tried by one curator, published by another, in force from its day."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from cases import catalogue, rulebook
from cases.drafts import RefusedError
from cases.models import Package
from cases.services.packages import deploy_packages
from common import clock
from common.errors import ConflictError, DeniedError, InputError, MissingError
from common.models import Event
from households.models import Person
from screening import policy_text
from screening.models import Rehearsal
from screening.services import rehearsals
from tests.api.client import Api
from tests.factories.county import BPMN
from tests.screening.changes import GAP, min_living

pytestmark = pytest.mark.django_db(transaction=True)
LATER = clock.machine_now().date() + timedelta(days=40)
PATHS = [BPMN / "matters", BPMN / "shared", BPMN / "rules"]
DOCUMENT = "云政发〔2026〕12号第二条"


@pytest.fixture
def tried(standards, curators, run_jobs):
    """A change with its report, by the first curator."""

    def tried(parameters: dict[str, str] | None = None, **tables: str) -> Rehearsal:
        found = rehearsals.rehearse(
            actor=curators[0], parameters=parameters or {}, tables=tables, source=DOCUMENT
        )
        run_jobs()
        found.refresh_from_db()
        return found

    return tried


def sum_of(person_no: str, on: Any) -> Any:
    """What the matter's table grants on a day."""
    question = rulebook.question(catalogue.matter("min_living"), on=on)
    assert question is not None
    person = Person.objects.get(person_no=person_no)
    [found] = rulebook.put([question], on=on, person_ids=[person.pk])
    return found.answers[question.key].outputs["amount"]


def figures(on: Any) -> list[dict[str, str]]:
    """What the public page says of the matter's sums on a day."""
    sections = policy_text.sections(catalogue.matter("min_living"), on, policy_text.organisations())
    [found] = [row for row in sections if row["key"] == "figures"]
    return [item for group in found["groups"] for item in group["items"]]


def versions() -> dict[str, int]:
    return {code: package.version for code, package in catalogue.newest().items()}


def test_a_sum_holds_from_its_day_and_not_before(tried, curators):
    change = tried({"S": "1200"})

    done = rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)

    before = LATER - timedelta(days=1)
    assert (sum_of("P1", before), sum_of("P1", LATER)) == (600, 700)
    [row] = [row for row in rulebook.deployed_parameters() if row.starts_on == LATER]
    assert (row.key, row.value, row.source) == ("S", 1200, DOCUMENT)
    assert (done.status, done.made) == ("published", {"rules": 2})
    event = Event.objects.get(name="definition.deployed", actor_id=curators[1].pk)
    assert event.data == {"code": "rules", "version": 2}


def test_a_table_holds_from_its_day_and_the_old_one_until_then(tried, curators):
    change = tried(min_living=min_living())

    rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)

    before = LATER - timedelta(days=1)
    assert (sum_of("P1", before), sum_of("P1", LATER)) == (600, 610)
    assert versions()["min_living"] == 2


def test_the_first_version_stays_as_it_was(tried, curators):
    first = Package.objects.values().get(code="min_living")
    change = tried(min_living=min_living())

    rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)

    assert Package.objects.values().get(code="min_living", version=1) == first
    second = Package.objects.get(code="min_living", version=2)
    assert second.definition_id == first["definition_id"]


def test_the_author_does_not_publish(tried, curators):
    change = tried({"S": "1200"})

    with pytest.raises(DeniedError) as refused:
        rehearsals.publish(actor=curators[0], rehearsal_id=change.pk, starts_on=LATER)

    assert refused.value.code == "same-officer"
    assert versions()["rules"] == 1


def test_the_database_insists_on_two_people(tried, curators):
    change = tried({"S": "1200"})

    with pytest.raises(IntegrityError):
        Rehearsal.objects.filter(pk=change.pk).update(published_by=curators[0])


@pytest.mark.parametrize("who", ["supervisor", "town.fuyun", "dept.civil.approver"])
def test_nobody_else_writes_or_publishes(county, tried, who):
    change = tried({"S": "1200"})

    with pytest.raises(DeniedError):
        rehearsals.rehearse(actor=county[who], parameters={"S": "1"}, tables={})
    with pytest.raises(MissingError):
        rehearsals.publish(actor=county[who], rehearsal_id=change.pk, starts_on=LATER)


def test_what_was_counted_by_older_rules_is_not_published(tried, curators):
    one, other = tried({"S": "1200"}), tried({"S": "1300"})
    rehearsals.publish(actor=curators[1], rehearsal_id=one.pk, starts_on=LATER)

    with pytest.raises(ConflictError) as refused:
        rehearsals.publish(actor=curators[1], rehearsal_id=other.pk, starts_on=LATER)

    assert refused.value.code == "changed-meanwhile"
    assert versions()["rules"] == 2


def test_it_is_published_once_with_its_report_and_not_for_the_past(curators, tried):
    waiting = rehearsals.rehearse(actor=curators[0], parameters={"S": "1150"}, tables={})
    with pytest.raises(ConflictError):
        rehearsals.publish(actor=curators[1], rehearsal_id=waiting.pk, starts_on=LATER)
    change = tried({"S": "1200"})
    yesterday = clock.today() - timedelta(days=1)
    with pytest.raises(InputError):
        rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=yesterday)
    rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=clock.today())

    with pytest.raises(ConflictError) as refused:
        rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)

    assert refused.value.code == "already-done"


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>'


@pytest.mark.parametrize(
    ("text", "code", "cell"),
    [
        (BOMB, "doctype", ""),
        (OUTSIDE, "doctype", ""),
        ("no xml at all", "not-xml", ""),
        (min_living(GAP, "(S - "), "syntax", "grant_out_amount"),
        (min_living(GAP, '"much"'), "type", "grant_out_amount"),
        (min_living('name="pci"', 'name="shoe_size"'), "unknown-fact", "in_pci"),
        (min_living('hitPolicy="FIRST"', 'hitPolicy="UNIQUE"'), "overlap", ""),
        (min_living('id="eligibility"', 'id="other"'), "no-decision", "eligibility"),
    ],
)
def test_an_unsound_table_is_refused_with_file_cell_and_reason(curators, text, code, cell):
    with pytest.raises(InputError) as refused:
        rehearsals.rehearse(actor=curators[0], parameters={}, tables={"min_living": text})

    rows = [row for row in refused.value.errors if row.code == code]
    assert rows, refused.value.errors
    assert {row.field for row in rows} == {"tables.min_living"}
    assert any(f"min_living/eligibility.dmn {cell}" in row.message for row in rows)
    assert not Rehearsal.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"parameters": {"T": "1"}},
        {"parameters": {"S": "much"}},
        {"parameters": {"S": "NaN"}},
        {"parameters": {"S": "1e12"}},
        {"tables": {"nothing": "<x/>"}},
        {"tables": {"stacking": "<x/>"}},
        {"parameters": {"S": "1200"}, "source": "长" * 501},
    ],
)
def test_what_is_no_change_is_refused(curators, sent):
    with pytest.raises(InputError):
        rehearsals.rehearse(actor=curators[0], **{"parameters": {}, "tables": {}} | sent)

    assert not Rehearsal.objects.exists()


def test_deploying_the_files_again_undoes_nothing(tried, curators):
    change = tried({"S": "1200"}, min_living=min_living())
    rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)
    published = versions()

    done = deploy_packages(PATHS)

    assert not any(row.is_new for row in done)
    assert versions() == published
    assert sum_of("P1", LATER) == 710


def test_a_file_that_would_undo_what_was_published_is_refused(tried, curators, tmp_path):
    change = tried(min_living=min_living())
    rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=clock.today())
    folder = tmp_path / "min_living"
    folder.mkdir()
    for path in (BPMN / "matters/min_living").rglob("*.*"):
        target = folder / path.relative_to(BPMN / "matters/min_living")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())

    (folder / "eligibility.dmn").write_text(min_living(GAP, "(S - pci) * members + 20"))
    with pytest.raises(RefusedError) as refused:
        deploy_packages([folder])
    (folder / "eligibility.dmn").write_text(min_living())
    [done] = deploy_packages([folder])

    assert [row.code for row in refused.value.problems] == ["published-meanwhile"]
    assert (done.version, sum_of("P1", clock.today())) == (3, 610)
    assert Package.objects.get(code="min_living", version=3).amendments == []


def test_a_publication_during_a_deployment_is_not_lost(tried, curators, monkeypatch):
    change = tried({"S": "1200"})

    def meanwhile(*_drafts, **_known):
        rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)
        return []

    monkeypatch.setattr("cases.package_checks.check", meanwhile)
    with pytest.raises(RefusedError):
        deploy_packages([BPMN / "rules"])

    assert sum_of("P1", LATER) == 700


def test_the_api_tries_tells_and_publishes(standards, curators, run_jobs):
    author, other = Api(curators[0]), Api(curators[1])
    body = {"parameters": {"S": 1200}, "tables": {"min_living": min_living()}}

    sent = author.post("what-if/", body, key="k1")
    again = author.post("what-if/", body, key="k1")
    waiting = author.get(f"what-if/{sent.data['id']}/").data
    run_jobs()
    found = author.get(f"what-if/{sent.data['id']}/").data
    own = author.post(f"what-if/{sent.data['id']}/publish/", {"starts_on": str(LATER)})
    done = other.post(f"what-if/{sent.data['id']}/publish/", {"starts_on": str(LATER)})
    [listed] = other.get("what-if/").data["results"]

    assert (sent.status, again.data["id"]) == (202, sent.data["id"])
    assert (waiting["status"], waiting["report"]) == ("running", None)
    assert (found["status"], found["report"]["cost_month"]) == ("ready", "280.00")
    assert (own.status, own.code) == (403, "same-officer")
    assert (done.status, done.data["made"]) == (200, {"min_living": 2, "rules": 2})
    assert (listed["status"], listed["starts_on"]) == ("published", str(LATER))


def test_the_api_is_for_curators_and_names_what_is_wrong(county, curators):
    nobody = Api(county["supervisor"])

    denied = nobody.post("what-if/", {"parameters": {"S": "1200"}})
    unseen = nobody.get("what-if/1/")
    none = nobody.get("what-if/").data["results"]
    wrong = Api(curators[0]).post("what-if/", {"tables": {"min_living": "<x/>"}})

    assert (denied.status, denied.code) == (403, "not-allowed")
    assert (unseen.status, none) == (404, [])
    assert wrong.status == 422
    assert wrong.data["errors"][0]["field"] == "tables.min_living"


def test_the_public_page_tells_a_published_sum_from_its_day(tried, curators):
    change = tried({"S": "1200"})
    rehearsals.publish(actor=curators[1], rehearsal_id=change.pk, starts_on=LATER)

    before = [row["text"] for row in figures(LATER - timedelta(days=1))]
    after = {row["text"]: row["basis"] for row in figures(LATER)}

    assert any(text.endswith("：1,100") for text in before)
    assert not any(text.endswith("：1,200") for text in before)
    [standard] = [text for text in after if text.endswith("：1,200")]
    assert after[standard] == DOCUMENT
