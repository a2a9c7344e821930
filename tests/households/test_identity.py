"""Identity numbers: what is read from them, what is refused, how they are masked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import crypto, identity
from common.errors import InputError
from common.identity import IdNumber, check_character, read_id_number
from common.keys import FileStore

TODAY = date(2026, 7, 1)
DAYS = st.dates(date(1900, 1, 1), TODAY)


@st.composite
def sound_numbers(draw: st.DrawFn) -> str:
    place = draw(st.from_regex(r"[0-9]{6}", fullmatch=True).filter(str.isascii))
    first = f"{place}{draw(DAYS):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first + check_character(first)


@given(sound_numbers())
def test_a_sound_number_of_any_place_is_read(number: str):
    found = read_id_number(number, today=TODAY)

    assert isinstance(found, IdNumber)
    assert found.number == number
    assert f"{found.birth_on:%Y%m%d}" == number[6:14]
    assert (found.sex == "male") == (int(number[16]) % 2 == 1)


@given(sound_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_character_is_always_noticed(number: str, place: int, other: str):
    changed = number[:place] + other + number[place + 1 :]

    assert (changed == number) == isinstance(read_id_number(changed, today=TODAY), IdNumber)


@given(sound_numbers(), st.integers(0, 15))
def test_two_neighbours_exchanged_are_noticed(number: str, place: int):
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert (changed == number) == isinstance(read_id_number(changed, today=TODAY), IdNumber)


@given(st.text(max_size=30))
def test_any_text_gets_an_answer_and_no_traceback(text: str):
    found = read_id_number(text, today=TODAY)

    assert isinstance(found, IdNumber) or found in {"bad-number", "id-date", "id-checksum"}


def test_small_x_becomes_large():
    first = next(f"33112519900101{n:03d}" for n in range(1000)
                 if check_character(f"33112519900101{n:03d}") == "X")  # fmt: skip

    assert read_id_number(f" {first}x ", today=TODAY).number == f"{first}X"


@pytest.mark.parametrize("place", ["810000", "820000", "830000", "332527", "000000", "911124"])
def test_permits_and_abolished_places_are_read(place: str):
    first = f"{place}19620815001"

    assert isinstance(read_id_number(first + check_character(first), today=TODAY), IdNumber)


@pytest.mark.parametrize(
    ("middle", "problem"),
    [("20260702", "id-date"), ("19900230", "id-date"), ("19901301", "id-date")],
)
def test_dates_that_cannot_be(middle: str, problem: str):
    first = f"331125{middle}001"

    assert read_id_number(first + check_character(first), today=TODAY) == problem


@pytest.mark.parametrize(
    "text", ["", "33112519900101001", "331125900101001", "33112519900101００１", None, 331125]
)
@pytest.mark.django_db
def test_what_is_no_number_is_a_named_error_that_does_not_repeat_it(text: object):
    with pytest.raises(InputError) as caught:
        identity.parse_id_number(text)

    assert caught.value.code == "invalid-id-number"
    assert not text or str(text) not in str(caught.value)


def test_masks():
    assert identity.mask_number("331125199001011234") == "331***********1234"
    assert identity.mask_phone("13812341234") == "138****1234"
    assert identity.mask_account("6210000123456789") == "************6789"
    assert [identity.mask_name(n) for n in ("张", "张三", "张大明", "欧阳大明")] == [
        "*", "张*", "张*明", "欧**明",
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_a_sealed_text_opens_again_and_looks_different_each_time(text: str):
    first, second = crypto.encrypt(text), crypto.encrypt(text)

    assert first != second
    assert crypto.decrypt(first) == crypto.decrypt(memoryview(second)) == text
    assert crypto.blind_index(text) == crypto.blind_index(text)


def test_changed_bytes_do_not_open():
    sealed = bytearray(crypto.encrypt("331125199001011234"))
    sealed[-1] ^= 1

    for bad in (bytes(sealed), b"", b"\x09" + bytes(sealed[1:]), sealed[:1], sealed[:20]):
        with pytest.raises(crypto.SealError):
            crypto.decrypt(bad)


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_a_value_opens_only_where_it_belongs(settings, cipher):
    settings.LIANBAN_CIPHER = cipher
    sealed = crypto.encrypt("331125199001011234", about="id_number")

    assert crypto.decrypt(sealed, about="id_number") == "331125199001011234"
    assert crypto.decrypt(sealed) == "331125199001011234"  # it knows its place
    for place in ("phone", ""):
        with pytest.raises(crypto.SealError):
            crypto.decrypt(bytes(sealed), about=place)
    # nor by calling it what it is not
    unbound, other = sealed[0] & ~2, sealed[0] ^ 1
    for form in (unbound, other):
        with pytest.raises(crypto.SealError):
            crypto.decrypt(bytes([form]) + sealed[1:], about="id_number")


def test_both_ciphers_stay_readable_whichever_is_set(settings):
    sealed = {}
    for cipher in ("aes", "sm4"):
        settings.LIANBAN_CIPHER = cipher
        sealed[cipher] = crypto.encrypt("x")

    assert [crypto.decrypt(value) for value in sealed.values()] == ["x", "x"]
    assert sealed["aes"][0] != sealed["sm4"][0]


def test_keys_are_made_once_and_for_the_owner_only(tmp_path, settings):
    settings.LIANBAN_HOME = tmp_path
    crypto.forget_keys()
    sealed = crypto.encrypt("x")
    crypto.forget_keys()

    assert crypto.decrypt(sealed) == "x"
    keys = sorted((tmp_path / "keys").iterdir())
    assert [key.name for key in keys] == ["field.1"]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    FileStore(tmp_path / "keys").add("field")
    crypto.forget_keys()
    assert crypto.encrypt("y")[1] == 2
    assert crypto.decrypt(sealed) == "x"
    crypto.forget_keys()
