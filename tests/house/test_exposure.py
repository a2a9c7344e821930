"""What an installation shows to others: production settings, proxies, never DEBUG."""

import json
import os
import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from common import places
from common.http.proxies import TrustedProxies
from config.exposure import is_loopback

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"  # nothing here opens the database
SHOWN = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.conf import settings
plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
settings.STORAGES["staticfiles"]["BACKEND"] = plain
from django.test import Client
told = {"HTTP_HOST": "lianban.example", "REMOTE_ADDR": sys.argv[1]}
if len(sys.argv) > 2:
    told["HTTP_X_FORWARDED_PROTO"] = sys.argv[2]
found = Client().get("/sign-in/", **told)
cookies = {c.key: c.OutputString() for c in found.cookies.values()}
print(json.dumps({"status": found.status_code, "headers": dict(found.headers), "cookies": cookies}))
"""


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "LIANBAN_"))}
    return subprocess.run(
        [sys.executable, *command], cwd=places.BASE_DIR, env=kept | env, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    return {
        "LIANBAN_HOME": str(tmp_path), "DATABASE_URL": NOWHERE,
        "LIANBAN_HTTPS": "1", "LIANBAN_HOSTS": "lianban.example",
    }  # fmt: skip


def test_the_checks_of_a_deployment_have_nothing_to_say(production):
    found = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", **production)

    assert found.returncode == 0, found.stderr
    assert "WARNING" not in found.stderr


def test_over_https_cookies_belong_to_this_host_alone(production):
    found = json.loads(run("-c", SHOWN, "127.0.0.1", "https", **production).stdout)

    assert found["status"] == 200
    cookie = found["cookies"]["__Host-csrf"]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    told = found["headers"]
    assert told["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    policy = set(told["Content-Security-Policy"].split("; "))
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} < policy
    assert "unsafe" not in told["Content-Security-Policy"]
    assert told["Cross-Origin-Opener-Policy"] == told["Referrer-Policy"] == "same-origin"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("said", [("127.0.0.1",), ("198.51.100.7", "https")])
def test_plain_http_or_a_strangers_word_for_https_is_sent_to_https(production, said):
    found = json.loads(run("-c", SHOWN, *said, **production).stdout)

    assert found["status"] == 301
    assert found["headers"]["Location"] == "https://lianban.example/sign-in/"


@pytest.mark.parametrize(
    "command",
    [
        ("manage.py", "runserver", "0.0.0.0:0"),
        ("-m", "gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:0"),
        ("-m", "gunicorn", "config.wsgi:application", "--bind", ":0"),
    ],
)
def test_no_server_starts_with_debug_where_others_reach_it(tmp_path, command):
    found = run(*command, LIANBAN_HOME=str(tmp_path), DATABASE_URL=NOWHERE, DEBUG="1")

    assert found.returncode == 2
    assert "Refused: DEBUG=1" in found.stderr


def test_make_up_refuses_debug_behind_a_proxy(tmp_path):
    found = run(
        "-m", "config.launcher", "up",
        LIANBAN_HOME=str(tmp_path), LIANBAN_HOSTS="lianban.example", DEBUG="1",
    )  # fmt: skip

    assert found.returncode == 2
    assert "lianban.example" in found.stderr
    assert not (tmp_path / "pg").exists()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:8000", True), ("[::1]:8000", True), ("localhost:1", True), ("8000", True),
        ("unix:/run/x", True), ("::1", True), ("127.8.9.1", True),
        ("0.0.0.0:8000", False), ("[::]:8000", False), ("::", False), (":8000", False),
        ("0:8000", False), ("10.0.0.1", False), ("lianban.example", False),
    ],
)  # fmt: skip
def test_which_addresses_only_this_machine_reaches(address, expected):
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("sender", "told", "caller"),
    [
        ("10.1.0.5", "203.0.113.9", "203.0.113.9"),
        # what stands before the last stranger anybody may have written
        ("10.1.0.5", "127.0.0.1, 203.0.113.9, 10.1.0.6", "203.0.113.9"),
        ("10.1.0.5", "10.1.0.7, 10.1.0.6", "10.1.0.7"),
        ("10.1.0.5", "<script>, 10.1.0.6", "10.1.0.6"),
        ("10.1.0.5", "," * 10_000, "10.1.0.5"),
        ("203.0.113.1", "127.0.0.1", "203.0.113.1"),
        ("", "127.0.0.1", ""),
    ],
)
def test_whose_address_counts(settings, sender, told, caller):
    settings.LIANBAN_PROXIES = ["10.1.0.0/16"]
    seen = {}

    def view(request):
        seen.update(request.META)
        return HttpResponse()

    spoken = {"HTTP_X_FORWARDED_FOR": told, "HTTP_X_FORWARDED_PROTO": "https"}
    TrustedProxies(view)(RequestFactory().get("/", REMOTE_ADDR=sender, **spoken))

    assert seen["REMOTE_ADDR"] == caller
    assert ("HTTP_X_FORWARDED_PROTO" in seen) == sender.startswith("10.1.")
