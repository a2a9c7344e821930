"""The published schema."""

import pytest

from common.http.schema import document
from tests.api.client import Api

CALLS = """
get matters/ | post applicants/lookup/ | get cases/ | post cases/ | get cases/{id}/
get cases/{id}/timeline/ | get cases/{id}/diagram/ | post cases/{id}/materials/
post cases/{id}/office-visits/ | post cases/{id}/withdraw/ | get tasks/ | get tasks/{id}/
post tasks/{id}/claim/ | post tasks/{id}/release/ | post tasks/{id}/complete/
post tasks/{id}/draft/ | post tasks/{id}/supplement/ | post tasks/{id}/transfer/
post tasks/{id}/delegate/ | post tasks/{id}/return/ | get households/
get households/{household_no}/ | get households/{household_no}/list/ | get persons/{person_no}/
post life-events/
""".replace("\n", "|")


def test_every_call_of_the_main_job_is_described():
    told = {
        f"{verb} {path.removeprefix('/api/v1/').replace('{pk}', '{id}')}"
        for path, verbs in document("zh-hans")["paths"].items()
        for verb in verbs
    }

    assert {call.strip() for call in CALLS.split("|") if call.strip()} <= told


def test_it_is_openapi_31_and_every_post_takes_a_key():
    found = document("zh-hans")

    assert found["openapi"].startswith("3.1")
    for verbs in found["paths"].values():
        for verb, operation in verbs.items():
            named = {p["name"] for p in operation.get("parameters", [])}
            assert ("Idempotency-Key" in named) is (verb == "post")
            assert "application/problem+json" in operation["responses"]["401"]["content"]
            assert operation["security"]


@pytest.mark.django_db(transaction=True)
def test_it_is_served_with_a_page_to_read(county):
    anyone = Api(None)

    schema = anyone.client.get("/api/v1/schema/")
    page = anyone.client.get("/api/v1/docs/")

    assert schema.json()["openapi"].startswith("3.1")
    assert "/api/v1/cases/" in page.content.decode()
    assert "http" not in page.content.decode().split("<body>")[1].partition("<h2>")[0]
