"""Uploads past a virus scanner: ClamAV's clamd, by its INSTREAM command.

LIANBAN_CLAMD is `tcp://host:3310` or `unix:/run/clamav/clamd.ctl`; without it nothing is scanned.
Once it is set nothing is accepted unscanned: a scanner that is away, slow or unclear refuses.
"""

import logging
import socket
import time
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings

from common.errors import InputError, UpstreamError

CHUNK = 1 << 16
MAX_ANSWER = 4096
log = logging.getLogger(__name__)


class HarmfulFileError(InputError):
    """The scanner knows it."""

    code = "harmful-file"


class ScannerUnavailableError(UpstreamError):
    """The scanner does not answer, or not as agreed; the file was not accepted."""

    status = 503
    code = "scanner-unavailable"


def scan(content: BinaryIO) -> None:
    """Let the scanner read a file to its end, if there is one. Raises HarmfulFileError,
    ScannerUnavailableError."""
    address: str = settings.LIANBAN_CLAMD
    if not address:
        return
    until = time.monotonic() + settings.LIANBAN_CLAMD_SECONDS
    try:
        with _connected(address, until) as wire:
            answer = _ask(wire, content, until)
    except (OSError, ValueError) as error:
        log.warning("the scanner is away: %s", type(error).__name__)
        raise ScannerUnavailableError from error
    if answer == "stream: OK":
        return
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        log.warning("harmful file refused: %s", answer[8:-6][:100])
        raise HarmfulFileError("harmful-file", field="file")
    log.warning("the scanner's answer is unclear: %r", answer[:100])
    raise ScannerUnavailableError


def _connected(address: str, until: float) -> socket.socket:
    if address.startswith("unix:"):
        wire = socket.socket(socket.AF_UNIX)
        wire.settimeout(_left(until))
        try:
            wire.connect(str(Path(address.removeprefix("unix:"))))
        except OSError:
            wire.close()
            raise
        return wire
    parts = urlsplit(address)
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError("LIANBAN_CLAMD must be tcp://host:port or unix:/path")
    return socket.create_connection((parts.hostname, parts.port or 3310), timeout=_left(until))


def _ask(wire: socket.socket, content: BinaryIO, until: float) -> str:
    """Send the file in pieces with their lengths; what comes back up to the NUL."""
    wire.sendall(b"zINSTREAM\0")
    while chunk := content.read(CHUNK):
        wire.settimeout(_left(until))
        wire.sendall(len(chunk).to_bytes(4, "big") + chunk)
    wire.sendall(bytes(4))
    answer = b""
    while b"\0" not in answer and len(answer) < MAX_ANSWER:
        wire.settimeout(_left(until))
        part = wire.recv(MAX_ANSWER)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].decode("ascii", "replace").strip()


def _left(until: float) -> float:
    """Seconds left. Raises TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
