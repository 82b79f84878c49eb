"""Baselines: cheaper ways to a behaviour than training, evaluated on the same held-out items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.evaluation.answer_scoring import Score, mean_measures
from pointsman.core.evaluation.answer_signals import binary
from pointsman.core.evaluation.statistics import Signal, baseline_signal, paired, proportion
from pointsman.core.wording import count, interval, signed

CONSTRAINED, FEW_SHOT = "constrained", "few_shot"
"""Ways: answers that must follow a grammar, and examples before the question (``BASELINE_SWITCHES``)."""
LIVE, BASE = "live", "base"
"""Models: the live generator, and the base below its adapter."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model answering the held-out items in a cheaper way than after a training."""

    model: str
    way: str
    scores: tuple[Score, ...] = ()
    """In the oracle context, of the held-out items in their order; empty where it was not measured."""
    because: str = ""
    """Why it was not measured."""

    @property
    def name(self) -> str:
        """Model and way: ``live constrained``, ``base few-shot``."""
        return f"{self.model} {self.way.replace('_', '-')}"

    def signals(self, confidence: float, places: Sequence[int] | None = None) -> tuple[Signal, ...]:
        """Return its share of answers in the right shape, with right citations, and rightly declined, with intervals.

        Of the items at ``places``, all of them when None: a baseline is judged on what is new, like a training.

        The policy reads those of the live generator (``shape.constrained``); those of its base are only shown.
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
        """Return the baseline for the table, and whether a trained challenger does better on the same items.

        It does when the interval of (shape + citation)/2, challenger minus baseline, lies above zero.
        """
        if not self.scores:
            return {"scores": {}, "because": self.because}
        deltas = [new.right - cheap.right for cheap, new in zip(self.scores, challenger, strict=True)]
        gain = paired(f"{self.name}.gain", deltas, confidence, unit="(shape + citation)/2, -1..1", seed=seed)
        gained = f"{signed(gain.value)} (interval {interval(gain.low, gain.high)}; higher is better)"
        shown = f"training gains {gained} over it on {count(gain.n, 'item')}"
        matches = gain.low <= 0
        because = f"{shown}; the baseline does as well as training and is cheaper" if matches else shown
        return {"scores": mean_measures(self.scores), "gain": gain.as_json(), "matches": matches, "because": because}
