"""A register in which something is noticed: leads, findings, a stop to decide on."""

from pathlib import Path

from screening.services.sweeps import sweep
from tests.exchange.conftest import run
from tests.screening.planted import DISABLED, POOR, Register


def make_screened(folder: Path) -> Register:
    """P1 a student without aid, P2 poor by illness, P3 missed, P4 twice, P5 not to be told."""
    found = Register()
    found.add(POOR, born="20050101", school_stage="university")
    found.add(medical_own_cost_year="40000.00")
    found.add(POOR, **DISABLED)
    child = found.add(born="20150101", care_status="orphan", school_stage="primary", **DISABLED)
    found.grant("child_support", child, starts_on="2026-03-01")
    found.grant("disabled_living", child, starts_on="2026-05-01")
    found.add(**DISABLED | {"disability_grade": "", "care_level": "half"})
    assert run(*found.write(folder))[0] == 0
    sweep()
    return found
