"""The business clock moves in sample databases only, and forward only."""

from datetime import timedelta

import pytest

from common import clock
from common.errors import InputError

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sample_databases_date_moves_forward(settings):
    settings.LIANBAN_SAMPLE = True
    before = clock.today()

    clock.advance(days=30)

    assert clock.today() == before + timedelta(days=30)
    assert clock.now() - clock.machine_now() >= timedelta(days=29)


def test_it_does_not_move_back(settings):
    settings.LIANBAN_SAMPLE = True
    with pytest.raises(InputError):
        clock.advance(to=clock.today() - timedelta(days=1))


def test_it_does_not_move_in_a_real_database(settings):
    settings.LIANBAN_SAMPLE = False

    with pytest.raises(InputError):
        clock.advance(days=1)
