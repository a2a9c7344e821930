"""What a stranger may put on the wire: the server refuses it, and lives."""

import json
import socket
import statistics
import time

import httpx
import pytest

from common.identity import check_character
from tests.load.town import Town

pytestmark = pytest.mark.slow
PLAIN = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
SMUGGLED = b"GET /healthz?smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def send(town: Town, raw: bytes) -> bytes:
    """Everything that comes back until the server closes, or is silent for a second."""
    with socket.create_connection(("127.0.0.1", town.port), timeout=10) as wire:
        wire.sendall(raw)
        wire.settimeout(1.5)
        found = b""
        try:
            while part := wire.recv(65536):
                found += part
        except (TimeoutError, ConnectionResetError):
            pass
    return found


def get(path: bytes) -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def statuses(raw: bytes) -> list[int]:
    return [int(part[:3]) for part in raw.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture(autouse=True)
def _alive(town):
    yield
    assert statuses(send(town, PLAIN + b"Connection: close\r\n\r\n")) == [200]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: identity, chunked, chunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"X: y\r\n Transfer-Encoding: chunked\r\n",
    ],
)
def test_no_second_request_is_smuggled_in_a_first(town, head):
    raw = b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n0\r\n\r\n" + SMUGGLED

    found = statuses(send(town, raw))

    assert len(found) <= 1
    assert not {200, 500} & set(found)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 414}),
        (PLAIN + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n", {400, 431}),
        (PLAIN + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n", {400, 431}),
        (PLAIN + b"X-Na\x00me: 1\r\n\r\n", {400}),
        (PLAIN + b"X-Name: a\x00b\r\n\r\n", {400}),
        (b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", {400, 505}),
        (b"\x16\x03\x01\x02\x00\x01\x00", {400}),
        (get(b"/%00"), {404}),
        (get(b"/%ff%fe/"), {404}),
        (get(b"/policies/\xff/"), {400, 404}),
        (get(b"/sign-in/?next=%ff%00"), {200}),
        (get(b"/static/../config/settings.py"), {404}),
        (get(b"/static/%2e%2e/%2e%2e/manage.py"), {404}),
        (get(b"/static//etc/passwd"), {404}),
        (get(b"/rules/tables/..%2f..%2fx.dmn"), {404}),
    ],
)  # fmt: skip
def test_malformed_requests_are_refused(town, raw, expected):
    found = send(town, raw)

    assert set(statuses(found)) <= expected
    assert statuses(found) or raw.startswith(b"\x16")
    assert b"Traceback" not in found
    assert b"SECRET" not in found


@pytest.mark.parametrize("host", [b"evil.example", b"127.0.0.1@evil.example", b"127.0.0.1:x", b""])
def test_another_host_is_refused_and_never_repeated(town, host):
    raw = b"GET /sign-in/ HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"

    found = send(town, raw)

    assert statuses(found) == [400]
    assert b"evil" not in found


def test_nobodys_forwarded_host_makes_an_address(town, base):
    headers = {
        "Authorization": f"Token {town.tokens['window.fuyun']}",
        "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
        "X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz",
    }  # fmt: skip
    found = httpx.get(f"{base}/api/v1/households/?limit=1", headers=headers, trust_env=False)

    assert found.status_code == 200
    assert found.json()["next"].startswith(base)


def test_no_line_of_the_log_is_forged(town, base):
    forged = "2026-01-01 00:00:00 CRITICAL root forged"
    for path in (f"/%0a{forged}", f"/sign-in/?next=%0a{forged}", f"/api/v1/%0d%0a{forged}/"):
        httpx.get(base + path.replace(" ", "%20"), trust_env=False)
    page = httpx.Client(base_url=base, trust_env=False)
    token = page.get("/sign-in/").text.partition('csrfmiddlewaretoken" value="')[2][:64]
    fields = {"username": f"x\n{forged}", "password": "y", "csrfmiddlewaretoken": token}
    page.post("/sign-in/", data=fields)
    page.close()

    for log in (town.home / "logs").glob("*.log"):
        assert not [line for line in log.read_text().splitlines() if line.startswith(forged)]


def test_a_revoked_token_is_refused_at_once(town, base):
    token = town.manage("create_token", "window.fuyun").strip()
    headers = {"Authorization": f"Token {token}"}
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        assert client.get("/api/v1/matters/").status_code == 200
        revoke = "from knox.models import AuthToken; AuthToken.objects.filter(token_key="
        town.manage("shell", "--no-imports", "-c", f"{revoke}{token[:15]!r}).delete()")

        for _again in range(5):
            assert client.get("/api/v1/matters/").status_code == 401


def medians(first, second, rounds: int) -> tuple[float, float]:
    """Milliseconds of two requests, taken in turn so that both meet the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    for _round in range(rounds):
        for request, kept in zip((first, second), times, strict=True):
            began = time.perf_counter()
            request()
            kept.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def test_time_does_not_tell_who_may_not_ask_whether_a_number_exists(town, base):
    program = "from households.models import Person; print(Person.objects.first().open_id_number())"
    there = town.manage("shell", "--no-imports", "-c", program).split()[-1]
    absent = "11010119900307999" + check_character("11010119900307999")
    headers = {"Authorization": f"Token {town.tokens['dept.edu.handler']}"}
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:

        def ask(number: str) -> httpx.Response:
            return client.post("/api/v1/applicants/lookup/", json={"id_number": number})

        assert ask(there).status_code == ask(absent).status_code == 403
        assert ask(there).content == ask(absent).content
        one, other = medians(lambda: ask(there), lambda: ask(absent), rounds=60)

    assert abs(one - other) < max(0.35 * max(one, other), 1.5)


def test_time_does_not_tell_whether_an_account_exists(town, base):
    with httpx.Client(base_url=base, trust_env=False) as client:
        token = client.get("/sign-in/").text.partition('csrfmiddlewaretoken" value="')[2][:64]
        texts = set()

        def enter(name: str) -> None:
            fields = {"username": name, "password": "wrong", "csrfmiddlewaretoken": token}
            found = client.post("/sign-in/", data=fields)
            texts.add((found.status_code, len(found.text.replace(name, ""))))

        one, other = medians(lambda: enter("leader"), lambda: enter("nobody.at.all"), rounds=4)

    assert len(texts) == 1
    assert 0.6 < one / other < 1.67


def test_what_others_have_answers_as_what_is_not_there(town, base):
    program = """
import json
from households.models import Household, Person
print(json.dumps({
    "households/{}/": Household.objects.first().household_no,
    "households/{}/list/": Household.objects.first().household_no,
    "persons/{}/": Person.objects.first().person_no,
}))
"""
    there = json.loads(town.manage("shell", "--no-imports", "-c", program).splitlines()[-1])
    headers = {"Authorization": f"Token {town.tokens['charity.hongxi']}"}
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        for path, number in there.items():
            hidden = client.get(f"/api/v1/{path.format(number)}")
            absent = client.get(f"/api/v1/{path.format('X' + number)}")

            assert hidden.status_code == absent.status_code == 404
            assert hidden.content == absent.content
