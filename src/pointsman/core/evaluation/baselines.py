"""Arms: cheaper ways to an asked behaviour than training, sat on the same exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.evaluation.answer_scoring import Score, summary
from pointsman.core.evaluation.answer_signals import binary
from pointsman.core.evaluation.statistics import Signal, baseline_signal, paired, proportion

CONSTRAINED, FEW_SHOT = "constrained", "few_shot"
"""Ways: answers held to a grammar, and examples put before the question (``signals.ARMS``)."""
LIVE, BASE = "live", "base"
"""Models: the live generator, and the base below its adapter."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model answering the held-out items in a cheaper way than after a training."""

    model: str
    way: str
    scores: tuple[Score, ...] = ()
    """In the oracle context, the items of the exam in their order; empty where it was not measured."""
    because: str = ""
    """Why it was not measured."""

    @property
    def name(self) -> str:
        """Model and way: ``live constrained``, ``base few-shot``."""
        return f"{self.model} {self.way.replace('_', '-')}"

    def signals(self, confidence: float, places: Sequence[int] | None = None) -> tuple[Signal, ...]:
        """Return its share of answers in the asked shape, of right citations and of due refusals, with their intervals.

        Of the items at ``places``, all of them when None: an arm is to do what is new, as a training is.

        The policy weighs those of the live generator (``shape.constrained``); those of its base are there to be seen.
        """
        if not self.scores:
            return ()
        before = "" if self.model == LIVE else f"{self.model}."
        scores = self.scores if places is None else [self.scores[n] for n in places]
        return tuple(
            proportion(f"{before}{baseline_signal(measure, self.way)}", outcomes, confidence)
            for measure, outcomes in binary(scores).items()
        )

    def beside(self, challenger: Sequence[Score], *, confidence: float, seed: int) -> dict[str, Any]:
        """Return the arm for the exam's table, and whether a trained challenger does better on the same items.

        It does when the interval of (shape + citation)/2, challenger minus arm, lies above zero; else the arm matches.
        """
        if not self.scores:
            return {"scores": {}, "because": self.because}
        deltas = [new.right - cheap.right for cheap, new in zip(self.scores, challenger, strict=True)]
        gain = paired(f"{self.name}.gain", deltas, confidence, unit="(shape + citation)/2, -1..1", seed=seed)
        shown = f"training gains {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] over it on {gain.n} items"
        matches = gain.low <= 0
        because = f"{shown}; it matches training and is cheaper" if matches else shown
        return {"scores": summary(self.scores), "gain": gain.as_json(), "matches": matches, "because": because}
