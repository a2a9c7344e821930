"""Encryption of personal data at rest, and blind indexes to find numbers by.

A sealed value: format (1 byte), key version (1), nonce (12), ciphertext and tag (16). The format is
0x80, with 1 for SM4-GCM instead of AES-256-GCM and 2 where the value is bound to what it is about
(a column's name, as associated data), so that it opens nowhere else. A first byte below 0x80 is the
first format: the key version itself, AES, bound to nothing.

All versions of the key open, the highest seals. A process looks for a new version once a second,
and at once where a value names one that it does not know.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from common import keys

_NONCE, _TAG = 12, 16
_FORMAT, _SM4, _BOUND = 0x80, 1, 2
LOOKS_EVERY = 1.0  # seconds
Seal = Callable[[bytes, bytes, bytes], bytes]  # nonce, text, what it is about


class SealError(Exception):
    """A sealed value does not open: wrong key, another place, or changed bytes."""


class Sealed(bytes):
    """A sealed value that knows the column it is about, as it was made or read."""

    about: str = ""


def home() -> Path:
    """Where this installation keeps its own files (LIANBAN_HOME, `var/` by default)."""
    configured = getattr(settings, "LIANBAN_HOME", None) or os.environ.get("LIANBAN_HOME")
    return Path(configured) if configured else Path(settings.BASE_DIR) / "var"


def encrypt(text: str, *, about: str = "") -> bytes:
    """Seal a text; two seals of one text differ. about: the column, where it is to open."""
    return seal(text.encode(), about=about)


def decrypt(sealed: bytes | memoryview, *, about: str = "") -> str:
    """Open what `encrypt` made; raises SealError. A value of a column knows what it is about."""
    try:
        return unseal(sealed, about=about).decode()
    except UnicodeDecodeError as error:
        raise SealError("sealed value is no text") from error


def seal(data: bytes, *, about: str = "") -> bytes:
    """The same for bytes."""
    ring = _ring(home())
    version = ring.newest()
    is_sm4 = getattr(settings, "LIANBAN_CIPHER", "aes") == "sm4"
    cipher = ring.cipher(version, is_sm4=is_sm4)
    nonce = os.urandom(_NONCE)
    form = _FORMAT | (_SM4 if is_sm4 else 0) | (_BOUND if about else 0)
    found = Sealed(bytes([form, version]) + nonce + cipher.encrypt(nonce, data, about.encode()))
    found.about = about
    return found


def unseal(sealed: bytes | memoryview, *, about: str = "") -> bytes:
    """The same for bytes; raises SealError."""
    about = about or getattr(sealed, "about", "")
    data = bytes(sealed)
    try:
        form = data[0]
        if form < _FORMAT:
            version, rest, form = form, data[1:], 0
        else:
            version, rest = data[1], data[2:]
        cipher = _ring(home()).cipher(version, is_sm4=bool(form & _SM4))
        bound = about.encode() if form & _BOUND else b""
        return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], bound)
    except (IndexError, KeyError, InvalidTag, ValueError) as error:
        raise SealError("sealed value does not open") from error


def blind_index(text: str) -> bytes:
    """HMAC-SHA256 of a number: equal numbers, equal index; says nothing without the key."""
    return keyed_hash(text.encode())


def keyed_hash(data: bytes) -> bytes:
    """HMAC-SHA256: a fingerprint that nobody without the key can guess its content by."""
    return hmac.digest(_index_key(home()), data, hashlib.sha256)


def newest_version() -> int:
    """The version that seals, as the store has it now."""
    return _ring(home()).newest(at_once=True)


def current_prefix() -> bytes:
    """What a column's value begins with if it is sealed as it would be sealed today."""
    is_sm4 = getattr(settings, "LIANBAN_CIPHER", "aes") == "sm4"
    return bytes([_FORMAT | _BOUND | (_SM4 if is_sm4 else 0), newest_version()])


def forget_keys() -> None:
    """Read the keys anew (in tests)."""
    _ring.cache_clear()
    _index_key.cache_clear()


class _Aes:
    def __init__(self, key: bytes) -> None:
        cipher = AESGCM(key)
        self.encrypt: Seal = cipher.encrypt
        self.decrypt: Seal = cipher.decrypt


class _Sm4:
    """SM4-GCM by a key of its own, derived from ours."""

    def __init__(self, key: bytes) -> None:
        self.cipher = algorithms.SM4(hmac.digest(key, b"sm4", hashlib.sha256)[:16])

    def encrypt(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        work = Cipher(self.cipher, modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(about)
        return work.update(data) + work.finalize() + work.tag

    def decrypt(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        work = Cipher(self.cipher, modes.GCM(nonce, data[-_TAG:])).decryptor()
        work.authenticate_additional_data(about)
        return work.update(data[:-_TAG]) + work.finalize()


class _Ring:
    """The versions of the sealing key as this process knows them."""

    def __init__(self, store: keys.KeyStore) -> None:
        self.store = store
        self.ciphers: dict[tuple[int, bool], _Aes | _Sm4] = {}
        self.version = 0
        self.looked_at = 0.0

    def newest(self, *, at_once: bool = False) -> int:
        now = time.monotonic()
        if at_once or not self.version or now - self.looked_at > LOOKS_EVERY:
            self.looked_at = now
            try:
                self.version = self.store.versions("field")[-1]
            except keys.KeysUnavailableError:
                if at_once or not self.version:
                    raise  # otherwise what is known goes on
        return self.version

    def cipher(self, version: int, *, is_sm4: bool) -> _Aes | _Sm4:
        """Raises KeyError where there is no such version."""
        found = self.ciphers.get((version, is_sm4))
        if found is None:
            key = self.store.key("field", version)
            found = self.ciphers[version, is_sm4] = (_Sm4 if is_sm4 else _Aes)(key)
        return found


@cache
def _ring(root: Path) -> _Ring:
    return _Ring(keys.store(root))


@cache
def _index_key(root: Path) -> bytes:
    return keys.store(root).key("index", 1)
