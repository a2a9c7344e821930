"""The sample county: reproducible, plausible, loaded once, refused beside real people."""

import csv
import hashlib
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from common import crypto
from common.identity import IdNumber, read_id_number
from exchange.sample.county import write_county
from exchange.sample.people import REFERENCE
from exchange.sample.staff import usernames
from exchange.services import samples
from households.models import Household, Membership, Person
from permissions.models import OrgUnit, User
from tests.exchange.conftest import run


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_county(tmp_path / name, households=80, seed=seed)

    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a")["persons.csv"] != digests(tmp_path / "c")["persons.csv"]
    assert len(digests(tmp_path / "a")) == 8


def test_the_county_is_plausible(tmp_path):
    write_county(tmp_path, households=3000, seed=1)
    people = read(tmp_path, "persons")

    assert all(
        isinstance(read_id_number(p["id_number"], today=REFERENCE), IdNumber) for p in people
    )
    assert 2.0 < len(people) / 3000 < 2.7
    disabled = sum(p["disability_category"] != "none" for p in people) / len(people)
    assert 0.05 < disabled < 0.1
    assert {len(p["name"]) for p in people} == {2, 3, 4}
    assert 0.03 < sum(p["ethnicity"] == "畲族" for p in people) / len(people) < 0.15
    assert len({h["division_code"] for h in read(tmp_path, "households")}) == 87
    benefits = read(tmp_path, "benefits")
    assert all(b["starts_on"] <= REFERENCE.isoformat() for b in benefits)
    assert len(Counter(b["matter"] for b in benefits)) >= 14
    assert max(p["paid_on"] for p in read(tmp_path, "payments")) < REFERENCE.isoformat()


@pytest.mark.django_db(transaction=True)
def test_the_county_is_imported_without_a_reject(tmp_path):
    write_county(tmp_path, households=120, seed=3)

    code, reports = run(tmp_path)

    assert code == 0
    assert [r["kind"] for r in reports] == [
        "divisions", "organisations", "staff", "households", "persons", "benefits", "payments",
        "readings",
    ]  # fmt: skip
    assert sum(r["rejected"] for r in reports) == 0
    code, reports = run(tmp_path)
    assert sum(r["created"] + r["updated"] for r in reports) == 0


@pytest.fixture
def own_home(tmp_path, settings):
    settings.LIANBAN_HOME = tmp_path
    crypto.forget_keys()
    yield tmp_path
    crypto.forget_keys()


def load_sample(**options) -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("load_sample", stdout=out, stderr=out, **options)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_sample_is_loaded_once_with_one_password(own_home):
    first = load_sample(households=40)
    password = (own_home / "sample-password").read_text().strip()
    second = load_sample(households=40)

    assert (first[0], second[0]) == (0, 0)
    assert password in first[1]
    assert password not in second[1]
    assert (own_home / "sample-password").stat().st_mode & 0o777 == 0o600
    assert Household.objects.count() == 40
    assert {u.username for u in User.objects.all()} == usernames()
    assert len(usernames()) == 50 + 48 + 8
    assert all(user.check_password(password) for user in User.objects.all()[:3])
    assert OrgUnit.objects.count() == 54


@pytest.mark.django_db(transaction=True)
def test_it_is_refused_beside_other_people_and_outside_samples(own_home):
    load_sample(households=5)
    Membership.objects.filter(person=Person.objects.earliest("pk")).update(person_no="REAL1")
    Person.objects.filter(pk=Person.objects.earliest("pk").pk).update(person_no="REAL1")

    assert load_sample(households=5)[0] == 2
    with override_settings(LIANBAN_SAMPLE=False):
        assert load_sample(households=5)[0] == 2
    assert samples.is_loaded()
