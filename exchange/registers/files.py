"""Opening register files: CSV in its encodings, or the first sheet of a workbook.

Everything is read as a stream; no line, cell or sheet can make it hold much in memory.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from exchange.registers.problems import FileRefusedError, Problem

MAX_COLUMNS = 300
MAX_LINE = 64 * 1024
MAX_ROW_LINES = 20
_CHUNK = 1 << 20

# a row is its number (as a spreadsheet counts them) with its cells, or what is wrong with it
Row = tuple[int, list[str]] | Problem


@dataclass(frozen=True)
class Table:
    """A file that was opened: its header, and how to read the rows below it."""

    path: Path
    header: list[str]
    header_row: int
    encoding: str

    def rows(self) -> Iterator[Row]:
        """Data rows in order; blank ones are left out."""
        if self.encoding == "xlsx":
            from exchange.registers import workbooks

            return workbooks.rows(self.path, after=self.header_row)
        return _csv_rows(self.path, self.encoding, after=self.header_row, width=len(self.header))


def open_table(path: Path) -> Table:
    """Find out encoding and header; raises FileRefusedError."""
    if not path.is_file():
        raise FileRefusedError("invalid-data", _("没有这个文件"), field=path.name)
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from exchange.registers import workbooks

        number, header = workbooks.header(path)
        return Table(path, _checked(header, path), number, "xlsx")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefusedError("wrong-type", _("请另存为 .xlsx 或 CSV"), field=path.name)
    encoding = _encoding(path)
    first = next(_csv_rows(path, encoding, after=0), None)
    if first is None:
        raise FileRefusedError("invalid-data", _("文件是空的"), field=path.name)
    if isinstance(first, Problem):
        raise FileRefusedError("invalid-data", _("表头过长或含有控制字符"), field=path.name)
    return Table(path, _checked(first[1], path), first[0], encoding)


def _checked(header: list[str], path: Path) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise FileRefusedError("invalid-data", _("列数过多"), field=path.name)
    return [cell.strip().strip("\ufeff") for cell in header]


def _encoding(path: Path) -> str:
    """UTF-8 (with or without mark) or GB18030; the file is read through once to be sure."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefusedError("wrong-type", _("请另存为 UTF-8 编码的 CSV"), field=path.name)
    if _decodes(path, "utf-8"):
        return "utf-8-sig"
    if start.startswith(codecs.BOM_UTF8) or _is_mostly_utf8(path) or not _decodes(path, "gb18030"):
        raise FileRefusedError("wrong-type", _("编码既不是 UTF-8 也不是 GB18030"), field=path.name)
    return "gb18030"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(path: Path) -> bool:
    """UTF-8 with a few damaged bytes: as GB18030 it would give nonsense without an error."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    sound = damaged = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            bad = text.count("\ufffd")
            damaged += bad
            sound += sum(1 for c in text if c > "\u07ff") - bad
    return sound > 3 * damaged


class _Lines:
    """Physical lines for the CSV reader, none longer than MAX_LINE.

    Remembers the lines of the row being read, so that an unclosed quotation mark costs the row
    where it stands and not the rest of the file.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: list[str] = []
        self.taken: list[str] = []
        self.number = 0
        self.is_cut = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_ROW_LINES:
            raise csv.Error("row too long")
        line = self._again.pop() if self._again else self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        if len(line) == MAX_LINE and not line.endswith("\n"):
            self._skip_rest()
            self.is_cut = True
            line = "\n"
        self.number += 1
        self.taken.append(line)
        return line

    def start_row(self) -> int:
        self.taken.clear()
        self.is_cut = False
        return self.number + 1

    def give_back(self) -> None:
        """All lines of this row but the first are to be read again."""
        self.number -= len(self.taken) - 1
        self._again.extend(reversed(self.taken[1:]))

    def _skip_rest(self) -> None:
        while (part := self._file.readline(_CHUNK)) and not part.endswith("\n"):
            pass


def _csv_rows(path: Path, encoding: str, *, after: int, width: int = 0) -> Iterator[Row]:
    with path.open(encoding=encoding, newline=None) as file:
        lines = _Lines(file)
        reader = csv.reader(lines)
        while True:
            number = lines.start_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                lines.give_back()
                reader = csv.reader(lines)
                yield Problem(number, "", "too-long", _("引号没有结束，或内容过长"))
                continue
            if lines.is_cut:
                yield Problem(number, "", "too-long")
            elif len(lines.taken) > 1:
                is_open = "".join(lines.taken).count('"') % 2 == 1
                if is_open or len(cells) != width:
                    lines.give_back()
                    reader = csv.reader(lines)
                yield Problem(number, "", "control-character", _("单元格里有换行，或引号没有结束"))
            elif number > after and any(cell.strip() for cell in cells):
                yield number, cells
