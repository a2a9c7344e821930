"""What somebody may send through forms and addresses: it stays text."""

import io
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from cases.models import Case, Material
from cases.opening import Agent, Wanted
from cases.services.intake import open_case
from common.http.schema import document
from permissions.models import User
from tests.api.client import Api
from tests.api.papers import PDF
from tests.cases.conftest import county  # noqa: F401 - a fixture
from tests.factories.county import id_number, make_household, number_of

pytestmark = pytest.mark.django_db(transaction=True)
INJECTED = [
    "'", "' OR '1'='1", "'; DROP TABLE cases_case; --", "1); SELECT pg_sleep(9); --", "%", "_",
    "\\", "%' OR 1=1 --", "$$", "{{7*7}}", "${7*7}", "..%2f..", "=1+1", "\u202e", "\ud7ff",
    "9" * 400, "-1", "1e400", "null", "[]", "a\r\nX-Injected: 1",
]  # fmt: skip
MARKUP = "<img src=x onerror=alert(1)>{{7*7}}{% debug %}"


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """What a request chose is no later test's language."""
    yield
    translation.deactivate()


@pytest.fixture
def case(county) -> Case:  # noqa: F811
    head = make_household().memberships.get(relation="head").person
    return open_case(
        actor=county["window.fuyun"], id_number=number_of(head), channel="window", consent=True,
        matters=[Wanted("min_living")], agent=Agent(id_number(77), MARKUP, "邻居"),
    )  # fmt: skip


def filters() -> Iterator[tuple[str, str]]:
    """Every list of the API with each of its parameters."""
    for path, verbs in document("zh-hans")["paths"].items():
        for parameter in verbs.get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and "{" not in path:
                yield path.removeprefix("/api/v1/"), parameter["name"]


def test_no_filter_lets_sql_through(county, case):  # noqa: F811
    asked = 0
    for role in ("town.fuyun", "supervisor"):
        api = Api(county[role])
        for path, name in filters():
            for text in INJECTED:
                found = api.get(path, **{name: text})
                asked += 1

                assert found.status in {200, 403, 422}, (path, name, text, found.status)
                if name in {"q", "number", "case", "matter", "organisation"} and "'" in text:
                    assert found.status != 200 or found.data["results"] == []
    assert asked > 500
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    ["/tasks/?view={}&page={}&sort={}&matter={}", "/cases/?view={}&page={}",
     "/leads/?view={}&page={}",
     "/findings/?view={}&page={}&kind={}", "/corrections/?view={}", "/households/?q={}&page={}",
     "/policies/{}/", "/policy-packages/{}/", "/cases/1/diagram/?matter={}"],
)  # fmt: skip
def test_no_page_breaks_on_what_its_address_says(county, case, address):  # noqa: F811
    client = Client()
    client.force_login(county["town.fuyun"])
    for text in INJECTED:
        found = client.get(address.replace("{}", text.replace("/", "%2f").replace("%", "%25")))

        assert found.status_code in {200, 302, 403, 404, 422}, (address, text)
        assert "X-Injected" not in found.headers


def test_what_people_typed_is_text_on_every_page(county, case):  # noqa: F811
    client = Client()
    client.force_login(county["window.fuyun"])
    for address in (f"/cases/{case.pk}/", f"/cases/{case.pk}/receipt/", "/cases/"):
        shown = client.get(address).content.decode()

        assert "<img src=x" not in shown
    assert (
        "&lt;img src=x onerror=alert(1)&gt;{{7*7}}"
        in client.get(f"/cases/{case.pk}/").content.decode()
    )


def test_searches_go_by_post_and_say_nothing_they_should_not(county, case):  # noqa: F811
    client = Client()
    client.force_login(county["window.fuyun"])
    for text in [*INJECTED, MARKUP]:
        found = client.post("/find/", {"q": text.replace("\0", "")})

        assert found.status_code in {200, 302, 404, 422}
        assert "<img src=x" not in found.content.decode()
        assert "Location" not in found or found["Location"].startswith("/")


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "a\r\nX-Injected: 1.pdf", 'a"; filename="b.html', "a\u202efdp.exe",
     "名" * 300, "a.html", ""],
)  # fmt: skip
def test_a_papers_name_is_only_a_name(county, case, name, settings):  # noqa: F811
    client = Client()
    client.force_login(county["window.fuyun"])
    file = io.BytesIO(PDF)
    file.name = name or "x"
    client.post(f"/cases/{case.pk}/materials/", {"kind": "income_proof", "file": file})
    paper = Material.objects.get()
    Material.objects.update(name=name[:200])

    found = client.get(f"/cases/{case.pk}/materials/{paper.pk}/")

    assert found.status_code == 200
    assert found["Content-Disposition"].startswith("attachment")
    assert "\n" not in found["Content-Disposition"]
    assert "X-Injected" not in found.headers
    assert found["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Content-Type"] == "application/pdf"
    kept = [path for path in settings.UPLOADS.rglob("*") if path.is_file()]
    assert {path.name for path in kept} >= {paper.sha256}
    b"".join(found.streaming_content)


def _something(part: str) -> str:
    """What fits where an address asks for something."""
    if "<" not in part:
        return part
    return str(uuid4()) if "<uuid:" in part else "1"


def posts() -> list[str]:
    """Every address outside the API, with something where it asks for something."""

    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for row in patterns:
            route = str(row.pattern)
            if isinstance(row, URLResolver):
                if not route.startswith("api/"):
                    yield from walk(row.url_patterns)
            elif not route.startswith(("api/", "^api")) and ".dmn" not in route:  # a file to GET
                yield "/" + "/".join(map(_something, route.split("/")))

    return [path for path in walk(get_resolver().url_patterns) if not path.endswith("z")]


def test_no_page_takes_a_post_from_elsewhere(county, case):  # noqa: F811
    client = Client(enforce_csrf_checks=True)
    client.force_login(county["window.fuyun"])
    asked = posts()

    for path in asked:
        found = client.post(path, {"q": "x"}, headers={"Origin": "https://evil.example"})

        assert found.status_code == 403, path
    assert len(asked) > 40
    found = client.post("/api/v1/cases/", "{}", content_type="application/json")
    assert found.status_code == 403
    case.refresh_from_db()
    assert case.status == "open"


def test_signing_in_gives_another_session_than_anybody_planted(county):  # noqa: F811
    user = User.objects.get(username="window.fuyun")
    user.set_password("correct horse")
    user.save(update_fields=["password"])
    client = Client()
    client.cookies["sessionid"] = planted = "a" * 32

    client.post("/sign-in/", {"username": user.username, "password": "correct horse"})

    assert client.get("/window/").status_code == 200
    assert client.cookies["sessionid"].value != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/window/").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example",
     "https:evil.example", "javascript:alert(1)", "data:text/html,x", "/%09/evil.example",
     "\t//evil.example", "https://testserver@evil.example/", "///evil.example"],
)  # fmt: skip
def test_nobody_is_led_elsewhere(county, address):  # noqa: F811
    client = Client()
    client.force_login(county["window.fuyun"])
    for path, fields in (("/language/", {"language": "en"}), ("/size/", {"size": "large"})):
        found = client.post(path, fields | {"next": address})
        assert found["Location"] == "/" or found["Location"].startswith("/%09/")
    found = client.get("/sign-in/", {"next": address})
    assert found["Location"] == "/" or found["Location"].startswith("/%09/")
