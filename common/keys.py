"""Where keys come from: files of this installation, or a key service.

A key has a name and a version from 1 on: `field` seals, its highest version for what is new;
`index` makes blind indexes, always in its first version, since every index rests on it.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Any, Protocol

from common import places
from common.errors import UpstreamError

KEY_BYTES = 32
UNVERSIONED = {"index"}
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeysUnavailableError(UpstreamError):
    """The key service does not answer, or not as agreed; nothing was read or written."""

    status = 503
    code = "keys-unavailable"


class KeyFileError(Exception):
    """A key file is not as it must be; the message says what to do."""


class KeyStore(Protocol):
    """What the product needs of whoever keeps keys. Every call may raise KeysUnavailableError."""

    def versions(self, name: str) -> list[int]:
        """The versions in use, ascending; at least one."""

    def key(self, name: str, version: int) -> bytes:
        """32 bytes. Raises KeyError for a version that is not there."""

    def add(self, name: str) -> int:
        """Make the next version; from now on it seals."""

    def retire(self, name: str, version: int) -> None:
        """Take a version out of use, without destroying it: old backups need it."""


class FileStore:
    """One file a key, of mode 600: `keys/field.1`; retired ones lie in `keys/retired/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self, name: str) -> list[int]:
        found = sorted(
            int(path.suffix[1:])
            for path in self.folder.glob(f"{name}.*")
            if path.suffix[1:].isdecimal()
        )
        if not found:
            self._made(name, 1)
            return [1]
        return found

    def key(self, name: str, version: int) -> bytes:
        path = self._path(name, version)
        if not path.exists() and (name not in UNVERSIONED or version != 1):
            raise KeyError(f"{name}.{version}")
        return self._made(name, version)

    def add(self, name: str) -> int:
        version = self.versions(name)[-1] + 1
        self._made(name, version)
        return version

    def retire(self, name: str, version: int) -> None:
        path = self._path(name, version)
        path.rename(places.private_dir(self.folder / "retired") / path.name)

    def _path(self, name: str, version: int) -> Path:
        return self.folder / (name if name in UNVERSIONED else f"{name}.{version}")

    def _made(self, name: str, version: int) -> bytes:
        """Read a key, making it first where there is none. Raises KeyFileError."""
        path = self._path(name, version)
        text = places.secret(path, lambda: secrets.token_hex(KEY_BYTES))
        found = path.stat()
        if found.st_mode & OTHERS:
            raise KeyFileError(f"{path} can be read by others: chmod 600 {path}")
        return read_key(text, str(path))


class ServiceStore:
    """A key service over HTTPS.

    GET {base}/{name} → {"versions": [1, 2]}; GET {base}/{name}/{version} → {"key": 64 hex digits};
    POST {base}/{name} → {"version": 3}; DELETE {base}/{name}/{version}. The token, from a file of
    mode 600, goes as `Authorization: Bearer`.
    """

    def __init__(self, base: str, token_file: str = "", *, timeout: float = 5.0) -> None:
        self.base, self.token_file, self.timeout = base.rstrip("/"), token_file, timeout

    def versions(self, name: str) -> list[int]:
        found = self._ask("GET", name).get("versions")
        if not isinstance(found, list) or not found or not all(type(v) is int for v in found):
            raise KeysUnavailableError
        return sorted(found)

    def key(self, name: str, version: int) -> bytes:
        told = self._ask("GET", f"{name}/{version}").get("key")
        try:
            return read_key(told, self.base)
        except KeyFileError as error:
            raise KeysUnavailableError from error

    def add(self, name: str) -> int:
        found = self._ask("POST", name).get("version")
        if type(found) is not int:
            raise KeysUnavailableError
        return found

    def retire(self, name: str, version: int) -> None:
        self._ask("DELETE", f"{name}/{version}")

    def _ask(self, verb: str, path: str) -> dict[str, Any]:
        import httpx  # only where there is a service

        headers = {}
        if self.token_file:
            token = _private_text(Path(self.token_file))
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer = httpx.request(
                verb, f"{self.base}/{path}", headers=headers, timeout=self.timeout,
                follow_redirects=False, trust_env=False,
            )  # fmt: skip
            if answer.status_code == 404:
                raise KeyError(path)
            answer.raise_for_status()
            data = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as error:
            # neither address nor answer: a broken service may say anything
            raise KeysUnavailableError from error
        if not isinstance(data, dict):
            raise KeysUnavailableError
        return data


def read_key(text: object, where: str) -> bytes:
    """A key from its hex digits. Raises KeyFileError, which never repeats them."""
    try:
        key = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{where} holds no key of {KEY_BYTES} bytes")
    return key


def _private_text(path: Path) -> str:
    if path.stat().st_mode & OTHERS:
        raise KeyFileError(f"{path} can be read by others: chmod 600 {path}")
    return path.read_text(encoding="ascii").strip()


def store(home: Path) -> KeyStore:
    """Whoever keeps this installation's keys."""
    if base := os.environ.get("LIANBAN_KEY_SERVICE"):
        return ServiceStore(base, os.environ.get("LIANBAN_KEY_TOKEN_FILE", ""))
    return FileStore(home / "keys")
