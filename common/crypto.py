"""Encryption of personal numbers at rest, and blind indexes to find them by.

AES-256-GCM. A sealed value is: key version (1 byte), nonce (12), ciphertext and tag. Keys lie in
LIANBAN_HOME/keys, one file each, readable by their owner only: `field.1`, `field.2`, … (the
highest encrypts, all decrypt) and `index` for the HMAC.
"""

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from common import places

_NONCE = 12


class SealError(Exception):
    """A sealed value does not open: wrong key, or changed bytes."""


def home() -> Path:
    """Where this installation keeps its own files (LIANBAN_HOME, `var/` by default)."""
    configured = getattr(settings, "LIANBAN_HOME", None) or os.environ.get("LIANBAN_HOME")
    return Path(configured) if configured else Path(settings.BASE_DIR) / "var"


def encrypt(text: str) -> bytes:
    """Seal a text; two seals of one text differ."""
    version, cipher = _current(home())
    nonce = os.urandom(_NONCE)
    return bytes([version]) + nonce + cipher.encrypt(nonce, text.encode(), None)


def decrypt(sealed: bytes | memoryview) -> str:
    """Open what `encrypt` made; raises SealError."""
    data = bytes(sealed)
    try:
        cipher = _ciphers(home())[data[0]]
        return cipher.decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], None).decode()
    except (IndexError, KeyError, InvalidTag, ValueError) as error:
        raise SealError("sealed value does not open") from error


def blind_index(text: str) -> bytes:
    """HMAC-SHA256 of a number: equal numbers, equal index; says nothing without the key."""
    return hmac.digest(_index_key(home()), text.encode(), hashlib.sha256)


def forget_keys() -> None:
    """Read the key files anew (after a rotation, in tests)."""
    _ciphers.cache_clear()
    _current.cache_clear()
    _index_key.cache_clear()


@cache
def _current(root: Path) -> tuple[int, AESGCM]:
    ciphers = _ciphers(root)
    version = max(ciphers)
    return version, ciphers[version]


@cache
def _ciphers(root: Path) -> dict[int, AESGCM]:
    _key(root, "field.1")
    names = sorted((root / "keys").glob("field.*"))
    versions = [path.suffix[1:] for path in names if path.suffix[1:].isdigit()]
    return {int(version): AESGCM(_key(root, f"field.{version}")) for version in versions}


@cache
def _index_key(root: Path) -> bytes:
    return _key(root, "index")


def _key(root: Path, name: str) -> bytes:
    """Read a key, making it first where there is none."""
    return bytes.fromhex(places.secret(root / "keys" / name, lambda: secrets.token_hex(32)))
