"""The first sheet of an .xlsx workbook, as a stream of text cells."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from exchange.registers.problems import FileRefusedError

MAX_PART = 400 << 20
MAX_SHARED = 80 << 20
MAX_RATIO = 200
LOST_DIGITS = "#LOST-DIGITS"
_PRECISE = 10**15


def header(path: Path) -> tuple[int, list[str]]:
    """Number and cells of the first row that is not empty; refuses what is no sound workbook."""
    _inspect(path)
    first = next(_rows(path), None)
    if first is None:
        raise FileRefusedError("invalid-data", _("文件是空的"), field=path.name)
    return first


def rows(path: Path, *, after: int) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header."""
    return (row for row in _rows(path) if row[0] > after)


def _inspect(path: Path) -> None:
    """Before anything is unpacked: sizes as declared (the unpacking holds to them), no DTD."""
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                is_bomb = part.file_size > MAX_RATIO * max(part.compress_size, 1) > 1 << 20
                is_shared = part.filename.endswith("sharedStrings.xml")
                if is_bomb or part.file_size > (MAX_SHARED if is_shared else MAX_PART):
                    raise FileRefusedError("too-large", _("工作簿解压后过大"), field=path.name)
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        if b"<!DOCTYPE" in file.read(4096):
                            raise FileRefusedError("wrong-type", _("工作簿有误"), field=path.name)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise FileRefusedError("wrong-type", _("不是有效的 .xlsx 文件"), field=path.name) from error


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # what a file says of its own size is not believed
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                texts = [_text(cell) for cell in cells]
                while texts and not texts[-1]:
                    texts.pop()
                if texts:
                    yield number, texts
        finally:
            book.close()
    except FileRefusedError:
        raise
    # the library raises whatever broken XML leads to
    except Exception as error:
        raise FileRefusedError("wrong-type", _("不是有效的 .xlsx 文件"), field=path.name) from error


def _text(value: Any) -> str:  # noqa: PLR0911  one answer a type
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        # a spreadsheet keeps fifteen digits: longer numbers have lost their last ones
        if abs(value) >= _PRECISE:
            return LOST_DIGITS
        return str(int(value)) if value == int(value) else repr(value)
    return "=" if hasattr(value, "ref") else str(value)
