"""Whoever reads English meets no Chinese sentence of ours."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.messages import ROOT, messages

PLACE = re.compile(r"%(?:\(\w+\))?[sd]|<[^>]+>")


@pytest.fixture(scope="module")
def english() -> Catalog:
    path: Path = ROOT / "locale/en/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_has_its_english(english):
    missing = []
    for message, where in messages().items():
        found = english.get(message)
        if found is None or not all(found.string if found.pluralizable else [found.string]):
            missing.append(f"{where}: {message}")

    assert missing == []


def test_no_english_is_left_over(english):
    known = set(messages())

    assert [row.id for row in english if row.id and row.id not in known] == []


def test_placeholders_stay_the_same(english):
    def places(text: str) -> list[str]:
        return sorted(PLACE.findall(text))

    wrong = []
    for row in english:
        pairs = zip(row.id, row.string, strict=True) if row.pluralizable else [(row.id, row.string)]
        wrong += [one for one, other in pairs if row.id and places(one) != places(other)]

    assert wrong == []
