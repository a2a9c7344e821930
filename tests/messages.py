"""Every text of the project that people read, as its catalogue needs it."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "config",
    "exchange",
    "screening",
    "cases",
    "households",
    "workflows",
    "rules",
    "permissions",
    "common",
)
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"gettext\({LITERAL}\)|ngettext\({LITERAL}, {LITERAL}, count\)|_\({LITERAL}\)")
CALLS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
}


def messages() -> dict[str | tuple[str, str], str]:
    """Message id (with its plural) to the file it is first met in."""
    found: dict[str | tuple[str, str], str] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in {".py", ".html"} and "migrations" not in path.parts:
                for message in _of(path):
                    found.setdefault(message, str(path.relative_to(ROOT)))
    return found


def _of(path: Path) -> Iterator[str | tuple[str, str]]:
    text = path.read_text()
    if path.suffix == ".html":
        found = templatize(text, origin=str(path))
        # what is left of the page between the calls is no Python: calls alone, one a line
        text = "\n".join(match[0] for match in CALL.finditer(found))
    rows = extract_python(io.BytesIO(text.encode()), CALLS, [], {"encoding": "utf-8"})
    for _line, function, message, _comments in rows:
        if str(function).startswith("n"):
            yield message[0], message[1]
        elif isinstance(message, str):
            yield message
