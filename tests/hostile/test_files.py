"""Files that are not what they seem, and a scanner that is or is not there."""

import io
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from cases.models import Material
from common import places
from tests.api.client import Api
from tests.api.papers import PDF, paper
from tests.api.test_open import opening
from tests.cases.conftest import county, household  # noqa: F401 - fixtures
from tests.factories.county import number_of

pytestmark = pytest.mark.django_db(transaction=True)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
VIRUS = PDF + b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def clerk(county) -> Api:  # noqa: F811
    return Api(county["window.fuyun"])


@pytest.fixture
def address(clerk, household) -> str:  # noqa: F811
    head = household.memberships.get(relation="head").person
    case = clerk.post("cases/", opening(number_of(head))).data
    return f"cases/{case['id']}/materials/"


@pytest.fixture
def clamd(tmp_path, settings) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Start a scanner that behaves in some way, and use it."""
    started = []

    def start(mode: str) -> subprocess.Popen[bytes]:
        port_file = tmp_path / f"port-{len(started)}"
        program = str(places.BASE_DIR / "tests" / "clamd.py")
        process = subprocess.Popen([sys.executable, program, str(port_file), mode])
        started.append(process)
        deadline = time.monotonic() + 20
        while not port_file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        settings.LIANBAN_CLAMD = f"tcp://127.0.0.1:{port_file.read_text()}"
        settings.LIANBAN_CLAMD_SECONDS = 1.0
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def kept(settings) -> list[str]:
    return [path.name for path in settings.UPLOADS.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "content",
    [
        HTML, SVG, b"<?xml version='1.0'?>" + SVG, b"GIF89a" + HTML, b"MZ" + bytes(200),
        b"PK\x03\x04" + bytes(200), zlib.compress(bytes(10_000)), b"%!PS-Adobe", b" " + PDF,
        b"\xef\xbb\xbf" + HTML, b"RIFF\0\0\0\0WAVE", b"%PD", bytes(5000),
    ],
)  # fmt: skip
def test_what_only_calls_itself_a_pdf_is_refused(clerk, address, settings, content):
    before = len(kept(settings))

    found = clerk.send(address, {"kind": "income_proof", "file": paper(content, "证明.pdf")})

    assert (found.status, found.code) == (415, "wrong-type")
    assert not Material.objects.exists()
    assert len(kept(settings)) == before


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF + HTML, "application/pdf"),
        (PNG + b"<?php system($_GET[0]);" + HTML, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF" + HTML + SVG, "image/jpeg"),
    ],
)
def test_what_is_two_things_at_once_is_saved_not_run(clerk, address, content, kind):
    file = paper(content, "x.html")

    found = clerk.send(address, {"kind": "income_proof", "file": file})
    assert (found.status, found.data["content_type"]) == (201, kind)
    row = Material.objects.get()
    clerk.client.force_login(row.added_by)
    answer = clerk.client.get(f"/cases/{row.case_id}/materials/{row.pk}/")

    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"] == 'attachment; filename="x.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_sound_file_passes_the_scanner_and_a_harmful_one_does_not(
    clerk, address, clamd, settings
):
    clamd("sound")
    before = len(kept(settings))

    harmful = clerk.send(address, {"kind": "income_proof", "file": paper(VIRUS)})
    after = len(kept(settings))
    sound = clerk.send(address, {"kind": "income_proof", "file": paper(PDF * 20_000)})

    assert (harmful.status, harmful.code) == (422, "harmful-file")
    assert after == before
    assert sound.status == 201
    assert Material.objects.get().size == len(PDF) * 20_000


@pytest.mark.parametrize("mode", ["slow", "garbage", "failing", "mute", "closing"])
def test_nothing_is_accepted_unscanned(clerk, address, clamd, settings, mode):
    clamd(mode)
    before, began = len(kept(settings)), time.monotonic()

    found = clerk.send(address, {"kind": "income_proof", "file": paper(PDF * 20_000)})

    assert (found.status, found.code) == (503, "scanner-unavailable")
    assert not Material.objects.exists()
    assert len(kept(settings)) == before
    assert time.monotonic() - began < 3


def test_a_scanner_that_is_down_refuses_and_a_page_says_so(clerk, address, clamd):
    process = clamd("sound")
    process.kill()
    process.wait()

    found = clerk.send(address, {"kind": "income_proof", "file": paper(PDF)})
    case_id = address.split("/")[1]
    file = io.BytesIO(PDF)
    file.name = "x.pdf"
    clerk.client.force_login(clerk_user())
    page = clerk.client.post(f"/cases/{case_id}/materials/", {"kind": "income_proof", "file": file})

    assert (found.status, found.code) == (503, "scanner-unavailable")
    assert page.status_code == 503
    assert "查毒服务暂时不可用" in page.content.decode()


def clerk_user():
    from permissions.models import User

    return User.objects.get(username="window.fuyun")


def test_a_scanner_behind_a_socket_of_this_machine(clerk, address, settings, tmp_path):
    settings.LIANBAN_CLAMD = f"unix:{tmp_path}/nobody"
    settings.LIANBAN_CLAMD_SECONDS = 1.0

    found = clerk.send(address, {"kind": "income_proof", "file": paper(PDF)})

    assert (found.status, found.code) == (503, "scanner-unavailable")
