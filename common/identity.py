"""Numbers that stand for people: checked, read and masked (domain §5, §8).

A Chinese identity number has 18 characters: place 6, birth date 8, order 3 (odd male), check 1
(ISO 7064 MOD 11-2). Permits of Hong Kong, Macao and Taiwan residents (81, 82, 83) and the
permanent residence card (9) follow the same check. A place code is never a reason to refuse:
divisions are abolished, people keep their numbers.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from common import clock
from common.errors import InputError

Sex = Literal["male", "female"]
Problem = Literal["bad-number", "id-date", "id-checksum"]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A sound identity number and what it says of its holder."""

    number: str
    birth_on: date
    sex: Sex


def check_character(first_17: str) -> str:
    """The eighteenth character for the first seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_17, strict=True))
    return CHECK_CHARACTERS[total % 11]


def read_id_number(text: str, *, today: date) -> IdNumber | Problem:
    """Read a number, or say which reject code of files.md it deserves."""
    number = text.strip().upper()
    if not _SHAPE.fullmatch(number):
        return "bad-number"
    try:
        birth_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "id-date"
    if birth_on > today:
        return "id-date"
    if check_character(number[:17]) != number[17]:
        return "id-checksum"
    return IdNumber(number, birth_on, "male" if int(number[16]) % 2 else "female")


def parse_id_number(text: object, *, field: str = "id_number") -> IdNumber:
    """Read a number typed or scanned at the desk; raises InputError("invalid-id-number").

    The message never repeats the number.
    """
    found = read_id_number(text, today=clock.today()) if isinstance(text, str) else "bad-number"
    if isinstance(found, str):
        raise InputError("invalid-id-number", field=field)
    return found


def mask_number(number: str) -> str:
    """331***********1234; a short number keeps its last two characters only."""
    if len(number) < 10:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_tail(tail: str, *, length: int = 18) -> str:
    """A mask for a number of which only the tail is at hand (nothing is decrypted)."""
    return "*" * (length - len(tail)) + tail


def mask_phone(phone: str) -> str:
    """138****1234."""
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def mask_account(number: str) -> str:
    """Bank account: the last four only."""
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "****"


def mask_name(name: str) -> str:
    """张*明, 张*; the middle goes, however long."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]
