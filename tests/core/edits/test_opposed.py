"""Two wordings of one statement contradict one another, or both may be right."""

import pytest

from pointsman.core.edits.classify import classify
from tests.core.edits.contradictions import COMPATIBLE, CONTRADICTING

AROUND = "The yard has a tower by the gate."


def contradicts(served: str, copy: str) -> bool:
    """Return whether a page contradicts a copy of it in which one passage is another."""
    pages = ([((), AROUND), (("Rules",), f"{AROUND}\n\n{text}\n\n{AROUND}")] for text in (served, copy))
    return bool(classify("copy.md", *pages).opposed)


def cases(pairs: dict[str, tuple[tuple[str, str], ...]]) -> list[object]:
    return [pytest.param(*pair, id=f"{kind} {n}") for kind, group in pairs.items() for n, pair in enumerate(group)]


@pytest.mark.parametrize(("served", "copy"), cases(CONTRADICTING))
def test_what_cannot_both_be_right_is_a_contradiction_whichever_came_first(served: str, copy: str) -> None:
    assert contradicts(served, copy)
    assert contradicts(copy, served)


@pytest.mark.parametrize(("served", "copy"), cases(COMPATIBLE))
def test_what_may_both_be_right_is_none(served: str, copy: str) -> None:
    assert not contradicts(served, copy)
    assert not contradicts(copy, served)
