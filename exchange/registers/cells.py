"""Cells of register files: text in, the text that the database takes out, or CellError.

A type's `read` gets a cell that is not empty. It never guesses: what a spreadsheet program has
damaged is named as that.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from common import crypto
from common.identity import IdNumber, read_id_number
from exchange.registers.problems import CellError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff]")
_NUMERIC = re.compile(r"[+-]?[0-9][0-9 .,-]*", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,3}", re.ASCII)
_ERROR_VALUE = re.compile(r"#(#+|N/A|REF!|VALUE!|NAME\?|NULL!|NUM!|DIV/0!|LOST-DIGITS)")
_DATE = re.compile(
    r"([0-9]{4})([-/.]|年|)([0-9]{1,2})([-/.]|月|)([0-9]{1,2})日?([ T]00:00(:00)?)?", re.ASCII
)
_MONTH = re.compile(r"([0-9]{4})(?:[-/.]|年|)([0-9]{1,2})月?", re.ASCII)
_SERIAL = re.compile(r"[1-6][0-9]{4}(\.[0-9]+)?|[A-Z][a-z]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,5}", re.ASCII)
_DIVISION = re.compile(r"[0-9]{12}", re.ASCII)
# a province (GB/T 2260), then digits down to the county, the town or the village
_ANY_DIVISION = re.compile(
    r"(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{4}([0-9]{3}){0,2}", re.ASCII
)
_BLANKS = " \t\u3000\xa0"


def clean(text: str) -> str:
    """Blanks around a cell removed; control characters, formulas and error values refused."""
    text = text.strip(_BLANKS)
    if not text.isprintable() and _CONTROL.search(text):
        raise CellError("control-character")
    if text[:1] in ("=", "+", "-", "@") and not _NUMERIC.fullmatch(text):
        raise CellError("formula")
    if text[:1] == "#" and _ERROR_VALUE.fullmatch(text):
        raise CellError("excel-damaged")
    return text


@dataclass(frozen=True)
class CellType:
    """How a kind of cell is read and stored.

    sql: type in the temporary table; empty: what an empty cell becomes there.
    """

    read: Callable[[str], str]
    sql: str = "text"
    empty: str | None = ""


def text(size: int) -> CellType:
    """Words of at most so many characters."""

    def read(cell: str) -> str:
        if len(cell) > size:
            raise CellError("too-long")
        return cell

    return CellType(read)


def key(size: int = 40) -> CellType:
    """A number or name that identifies something: long digits must have survived."""

    def read(cell: str) -> str:
        if _SCIENTIFIC.fullmatch(cell):
            raise CellError("excel-damaged")
        if len(cell) > size:
            raise CellError("too-long")
        return cell

    return CellType(read)


def code(choices: Iterable[tuple[Any, Any]], *, problem: str = "bad-code") -> CellType:
    """One of a list of codes, or the Chinese name of one."""
    known = {str(label): str(value) for value, label in choices}
    known |= {value: value for value in known.values()}

    def read(cell: str) -> str:
        try:
            return known[cell]
        except KeyError:
            raise CellError(problem) from None

    return CellType(read)


def flag() -> CellType:
    known = {"0": "f", "1": "t", "否": "f", "是": "t"}

    def read(cell: str) -> str:
        try:
            return known[cell]
        except KeyError:
            raise CellError("bad-code") from None

    return CellType(read, "boolean", None)


def grade() -> CellType:
    known = {"1": "1", "2": "2", "3": "3", "4": "4", "一级": "1", "二级": "2", "三级": "3",
             "四级": "4"}  # fmt: skip

    def read(cell: str) -> str:
        try:
            return known[cell]
        except KeyError:
            raise CellError("bad-code") from None

    return CellType(read, "smallint", None)


@lru_cache(maxsize=50_000)
def read_day(cell: str) -> str:
    """2026-09-01, 2026/9/1, 2026.9.1, 20260901, 2026年9月1日."""
    found = _DATE.fullmatch(cell)
    if not found:
        raise CellError("excel-damaged" if _SERIAL.fullmatch(cell) else "bad-date")
    year, mark, month, second, day = found.group(1, 2, 3, 4, 5)
    if (mark == "") != (second == "") or (mark == "" and len(month + day) != 4):
        raise CellError("bad-date")
    try:
        on = date(int(year), int(month), int(day))
    except ValueError:
        raise CellError("bad-date") from None
    if not 1850 <= on.year <= 2200:
        raise CellError("bad-date")
    return on.isoformat()


@lru_cache(maxsize=10_000)
def read_month(cell: str) -> str:
    """2026-09 and its like; a whole date counts by its month."""
    found = _MONTH.fullmatch(cell)
    if not found:
        return read_day(cell)[:7]
    year, month = int(found[1]), int(found[2])
    if not (1 <= month <= 12 and 1900 <= year <= 2200):
        raise CellError("bad-date")
    return f"{year:04}-{month:02}"


@lru_cache(maxsize=50_000)
def read_amount(cell: str) -> str:
    if not _AMOUNT.fullmatch(cell):
        raise CellError("bad-amount")
    return cell


def _read_whole(cell: str) -> str:
    if not _WHOLE.fullmatch(cell) or int(cell) > 32767:
        raise CellError("bad-number")
    return cell


def _read_size(cell: str) -> str:
    if not _AMOUNT.fullmatch(cell) or len(cell) > 8:
        raise CellError("bad-number")
    return cell


def _read_division(cell: str) -> str:
    if _SCIENTIFIC.fullmatch(cell):
        raise CellError("excel-damaged")
    if not _DIVISION.fullmatch(cell):
        raise CellError("bad-code")
    return cell


def _read_loose_division(cell: str) -> str:
    """A division anywhere in China that may no longer exist: of a county, a town or a village."""
    if _SCIENTIFIC.fullmatch(cell):
        raise CellError("excel-damaged")
    if not _ANY_DIVISION.fullmatch(cell):
        raise CellError("bad-code")
    return cell


def _read_number(cell: str) -> str:
    """A phone or account number, without blanks and hyphens."""
    if _SCIENTIFIC.fullmatch(cell):
        raise CellError("excel-damaged")
    number = cell.replace(" ", "").replace("-", "")
    if not (number.lstrip("+").isascii() and number.lstrip("+").isalnum()):
        raise CellError("bad-number")
    if len(number) > 40:
        raise CellError("too-long")
    return number


def id_number(cell: str, *, today: date) -> IdNumber:
    """An identity number; raises CellError with the reason."""
    if _SCIENTIFIC.fullmatch(cell):
        raise CellError("excel-damaged")
    found = read_id_number(cell, today=today)
    if isinstance(found, IdNumber):
        return found
    # fifteen digits survive in a spreadsheet, then come zeros
    if len(cell) == 18 and cell.isdigit() and cell.endswith("000"):
        raise CellError("excel-damaged")
    raise CellError(found)


def sealed(number: str, column: str) -> tuple[str, str]:
    """A number as a column of the database takes it: sealed, and its blind index."""
    return _bytes(crypto.encrypt(number, about=column)), _bytes(crypto.blind_index(number))


def _bytes(value: bytes) -> str:
    return "\\x" + value.hex()


DAY = CellType(read_day, "date", None)
MONTH = CellType(read_month)
AMOUNT = CellType(read_amount, "numeric(14,2)", None)
WHOLE = CellType(_read_whole, "smallint", None)
SIZE = CellType(_read_size, "numeric(9,2)", None)
FLAG = flag()
GRADE = grade()
DIVISION = CellType(_read_division)
LOOSE_DIVISION = CellType(_read_loose_division)
# these become several columns: sealed, the blind index, what an identity number says
NUMBER = CellType(_read_number, "bytea", None)
ID_NUMBER = CellType(lambda cell: cell, "bytea", None)
# becomes two columns: the name, and its order by pinyin
PERSON_NAME = text(60)
