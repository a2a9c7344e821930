"""Files under the hash of their content, outside the database."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import filetype
from django.conf import settings
from django.utils.translation import gettext as _

from common import scanner
from common.errors import InputError

MAX_BYTES = 20 * 1024 * 1024
ALLOWED = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}


class TooLargeError(InputError):
    status = 413
    code = "too-large"


class WrongTypeError(InputError):
    status = 415
    code = "wrong-type"


@dataclass(frozen=True)
class Kept:
    """What was kept: hash, type by content, size in bytes."""

    sha256: str
    content_type: str
    size: int


def path_of(sha256: str) -> Path:
    """Where content lies."""
    return Path(settings.UPLOADS) / sha256[:2] / sha256[2:4] / sha256


def keep(content: BinaryIO) -> Kept:
    """Write content under its hash, whole or not at all.

    Raises TooLargeError, WrongTypeError; HarmfulFileError, ScannerUnavailableError where there is a
    scanner.
    """
    root = Path(settings.UPLOADS)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size, head = hashlib.sha256(), 0, b""
    with tempfile.NamedTemporaryFile(dir=root, delete=False) as file:
        try:
            while chunk := content.read(1 << 16):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise TooLargeError("too-large", field="file")
                head = head or chunk
                digest.update(chunk)
                file.write(chunk)
            kind = _type_of(head)
            file.flush()
            os.fsync(file.fileno())
            _scan(Path(file.name))
            target = path_of(digest.hexdigest())
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return Kept(digest.hexdigest(), kind, size)


def _scan(path: Path) -> None:
    with path.open("rb") as file:
        scanner.scan(file)


def _type_of(head: bytes) -> str:
    found = filetype.guess_mime(head)
    if found not in ALLOWED:
        raise WrongTypeError("wrong-type", _("只接受 PDF、JPEG、PNG、WebP 文件"), field="file")
    return str(found)
