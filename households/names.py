"""Names: their order by pinyin (the embedded database has no Chinese collation)."""

from functools import lru_cache

from pypinyin import Style, pinyin

# surnames that are read otherwise than the character usually is
_SURNAMES = {
    "单": "shan", "解": "xie", "仇": "qiu", "曾": "zeng", "查": "zha", "朴": "piao",
    "区": "ou", "任": "ren", "盖": "ge", "缪": "miao", "乐": "yue", "翟": "zhai",
    "尉迟": "yu chi", "长孙": "zhang sun", "万俟": "mo qi", "澹台": "tan tai",
}  # fmt: skip


def sort_key(name: str) -> str:
    """Pinyin syllables without tones, separated by blanks; what is no character stays.

    Names are stored and shown as they are written; only the order comes from here.
    """
    head = next((s for s in (name[:2], name[:1]) if s in _SURNAMES), "")
    syllables = [_SURNAMES[head]] if head else []
    return " ".join(syllables + [_syllable(c) for c in name[len(head) :]])[:200].lower()


@lru_cache(maxsize=20_000)
def _syllable(character: str) -> str:
    return pinyin(character, style=Style.NORMAL, errors="default")[0][0]


def is_printable(name: str) -> bool:
    """Whether the list's font surely has every character.

    The fonts of the printed list hold the characters of plane 0 (20,992 common and 6,592 of
    extension A); of the rarer ones beyond only some, so those are to be looked at.
    """
    return all(c < "\U00010000" and not "\ue000" <= c <= "\uf8ff" for c in name)
