"""Arms: cheaper ways to an asked behaviour than training, sat on the same exam, and what they say against training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.exam import Score, summary
from pointsman.core.signals import Signal, paired, proportion

PREFIX = "arm."
"""How the signals of arms begin: ``arm.NAME.shape_valid``, ``arm.NAME.citation_correct``."""

SHAPE_VALID, CITATION_CORRECT = "shape_valid", "citation_correct"


@dataclass(frozen=True, slots=True)
class Arm:
    """A model answering the held-out items in a cheaper way than after a training."""

    name: str
    """Model and way: ``live constrained``, ``base few-shot``."""
    scores: tuple[Score, ...] = ()
    """In the oracle context, the items of the exam in their order; empty where it was not measured."""
    because: str = ""
    """Why it was not measured."""

    def signals(self, confidence: float) -> tuple[Signal, ...]:
        """Return its share of answers in the asked shape, and of right citations, with their intervals."""
        if not self.scores:
            return ()
        name = f"{PREFIX}{self.name}"
        return tuple(
            proportion(f"{name}.{measure}", [getattr(s, measure) for s in self.scores], confidence)
            for measure in (SHAPE_VALID, CITATION_CORRECT)
        )

    def beside(self, challenger: Sequence[Score], *, confidence: float, seed: int) -> dict[str, Any]:
        """Return the arm for the exam's table, and whether a trained challenger does better on the same items.

        It does when the interval of (shape + citation)/2, challenger minus arm, lies above zero; else the arm matches.
        """
        if not self.scores:
            return {"scores": {}, "because": self.because}
        deltas = [new.right - cheap.right for cheap, new in zip(self.scores, challenger, strict=True)]
        gain = paired(f"{PREFIX}{self.name}.gain", deltas, confidence, unit="(shape + citation)/2, -1..1", seed=seed)
        shown = f"training gains {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] over it on {gain.n} items"
        matches = gain.low <= 0
        because = f"{shown}; it matches training and is cheaper" if matches else shown
        return {"scores": summary(self.scores), "gain": gain.as_json(), "matches": matches, "because": because}


def cheaper(
    signals: Sequence[Signal], shape_valid: float, citation_correct: float
) -> list[tuple[str, float, float, str]]:
    """Return (signal, value, limit, because) of every arm: whether it does what training is asked for.

    An arm does where the upper bound of each limited measure reaches its limit: the rule by which training is needless.
    """
    limits = {SHAPE_VALID: shape_valid, CITATION_CORRECT: citation_correct}
    arms: dict[str, list[tuple[Signal, float]]] = {}
    for signal in signals:
        name, _, measure = signal.name.removeprefix(PREFIX).rpartition(".")
        if signal.name.startswith(PREFIX) and limits.get(measure):
            arms.setdefault(name, []).append((signal, limits[measure]))
    found = []
    for name, measured in sorted(arms.items()):
        lacks = [each for each in measured if each[0].high < each[1]]
        signal, limit = (lacks or measured)[0]
        does = "does not reach" if lacks else "reaches"
        then = "only training is left" if lacks else "a cheaper arm does what training would be for"
        shown = f"{signal.value:.0%} [{signal.low:.0%}, {signal.high:.0%}] of {signal.n} held-out answers"
        found.append((signal.name, signal.value, limit, f"{name}: {shown}; it {does} {limit:.0%}: {then}"))
    return found
