"""The verdict of a gate with its reason, and which of several rulings counts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pointsman.core.evaluation.statistics import Signal


class Verdict(StrEnum):
    """Promote, refuse, or not enough evidence for either."""

    PROMOTE = "promote"
    REFUSE = "refuse"
    INCONCLUSIVE = "inconclusive"


SEVERITY = (Verdict.PROMOTE, Verdict.INCONCLUSIVE, Verdict.REFUSE)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with the number that decided it."""

    verdict: Verdict
    because: str
    signal: Signal | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the ruling as a JSON value."""
        return asdict(self)


def worst(rulings: Sequence[Ruling]) -> Verdict | None:
    """Return the most severe verdict, or None where nothing was ruled."""
    return max((r.verdict for r in rulings), key=SEVERITY.index, default=None)


def strictest(rulings: Sequence[Ruling]) -> Ruling:
    """Return the most severe ruling, the first of equals."""
    return max(rulings, key=lambda ruling: SEVERITY.index(ruling.verdict))
