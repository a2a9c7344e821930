"""Keys from a service over the wire, sound and broken."""

import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from common import crypto, places
from common.keys import KeyFileError, KeysUnavailableError, ServiceStore

TOKEN = "a token of this test"


class Service:
    """A running service."""

    def __init__(self, folder) -> None:
        port_file = folder / "port"
        program = str(places.BASE_DIR / "tests" / "key_service.py")
        self.process = subprocess.Popen([sys.executable, program, str(port_file), TOKEN])
        deadline = time.monotonic() + 20
        while not port_file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.base = f"http://127.0.0.1:{port_file.read_text()}"
        self.token_file = folder / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(TOKEN)

    def set(self, mode: str) -> None:
        httpx.get(f"{self.base}/mode/{mode}", trust_env=False).raise_for_status()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def service(tmp_path, monkeypatch, settings) -> Iterator[Service]:
    found = Service(tmp_path)
    settings.LIANBAN_HOME = tmp_path
    monkeypatch.setenv("LIANBAN_KEY_SERVICE", found.base)
    monkeypatch.setenv("LIANBAN_KEY_TOKEN_FILE", str(found.token_file))
    crypto.forget_keys()
    yield found
    found.stop()
    crypto.forget_keys()


def store(service: Service) -> ServiceStore:
    return ServiceStore(service.base, str(service.token_file), timeout=0.5)


def test_what_one_process_seals_another_opens(service, tmp_path):
    sealed = crypto.encrypt("331125199001011234", about="id_number")
    index = crypto.blind_index("331125199001011234")
    crypto.forget_keys()  # as another process

    assert crypto.decrypt(sealed, about="id_number") == "331125199001011234"
    assert crypto.blind_index("331125199001011234") == index
    assert not (tmp_path / "keys").exists()


def test_a_new_version_seals_and_a_retired_one_opens_no_more(service):
    old = crypto.encrypt("x")

    assert store(service).add("field") == 2
    assert crypto.newest_version() == 2
    assert crypto.encrypt("y")[1] == 2
    assert crypto.decrypt(old) == "x"
    store(service).retire("field", 1)
    crypto.forget_keys()
    with pytest.raises(crypto.SealError):
        crypto.decrypt(old)


@pytest.mark.parametrize("mode", ["garbage", "wrong", "list", "short", "failing", "slow"])
def test_a_service_that_fails_is_named_and_says_nothing_of_itself(service, mode):
    service.set(mode)

    for call in (
        lambda: store(service).versions("field"),
        lambda: store(service).key("field", 1),
    ):
        with pytest.raises(KeysUnavailableError) as refused:
            call()
        assert refused.value.code == "keys-unavailable"
        assert refused.value.status == 503
        assert service.base not in str(refused.value)


def test_a_service_that_is_down_stops_nobody_who_has_the_keys(service, monkeypatch):
    sealed = crypto.encrypt("x")
    monkeypatch.setattr(crypto, "LOOKS_EVERY", 0.0)
    service.stop()

    assert crypto.decrypt(sealed) == "x"
    assert crypto.decrypt(crypto.encrypt("y")) == "y"
    crypto.forget_keys()
    with pytest.raises(KeysUnavailableError):
        crypto.encrypt("z")


def test_a_stranger_gets_no_key_and_the_token_is_nobody_elses_to_read(service):
    with pytest.raises(KeysUnavailableError):
        ServiceStore(service.base).key("field", 1)
    service.token_file.chmod(0o644)

    with pytest.raises(KeyFileError, match="chmod 600"):
        store(service).key("field", 1)
