"""A table as a curator edits it."""

from tests.factories.county import BPMN

GAP = "(S - pci) * members"


def min_living(old: str = GAP, new: str = "(S - pci) * members + 10") -> str:
    """The matter's table with one text changed; without arguments ten yuan more to each."""
    text = (BPMN / "matters/min_living/eligibility.dmn").read_text()
    assert old in text
    return text.replace(old, new)


def missed(old: str, new: str) -> str:
    """The county's table of missed aid with one text changed."""
    text = (BPMN / "rules/missed.dmn").read_text()
    assert old in text
    return text.replace(old, new)
