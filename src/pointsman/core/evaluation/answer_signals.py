"""Signals of the answers to held-out examples: the new ones, beside those that the live adapter was trained for."""

from collections.abc import Sequence

from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.evaluation.signal_names import CITATION, DECLINED, SHAPE
from pointsman.core.evaluation.statistics import Signal, mean_difference, paired, proportion

NLL, F1 = "residual.behaviour.nll", "residual.behaviour.token_f1"
NLL_GAP = "residual.behaviour.nll_gap"
"""Loss of the new examples' completions minus that of earlier ones, which nothing has been trained on either."""


def fresh_of(scores: Sequence[Score], earlier: Sequence[bool]) -> list[int]:
    """Return the places of the items that the live adapter was not trained for; all of them where none is new."""
    found = [n for n, known in enumerate(earlier) if not known]
    return found or list(range(len(scores)))


def binary(scores: Sequence[Score]) -> dict[str, list[bool]]:
    """Return signal → the outcome of each item; declining only of items without an answer."""
    found = {SHAPE: [s.shape_valid for s in scores], CITATION: [s.citation_correct for s in scores]}
    unanswerable = [s.refused for s in scores if not s.answerable]
    return found | ({DECLINED: unanswerable} if unanswerable else {})


def signals_of(scores: Sequence[Score], earlier: Sequence[bool], confidence: float, seed: int) -> list[Signal]:
    """Return the measures of the new items, and those of the earlier ones as their control group, where there are any.

    Args:
        scores: of the live generator in the oracle context.
        earlier: for each item whether it belongs to what the live adapter was trained for.
        confidence: of the intervals, 0..1.
        seed: of the bootstrap.
    """
    places = fresh_of(scores, earlier)
    new = [scores[n] for n in places]
    known = [score for n, score in enumerate(scores) if n not in set(places)]
    found = [proportion(name, outcomes, confidence) for name, outcomes in binary(new).items()]
    losses = [s.nll for s in new]
    found.append(paired(NLL, losses, confidence, unit="nats per token", seed=seed))
    found.append(paired(F1, [s.token_f1 for s in new], confidence, unit="token F1, 0..1", seed=seed))
    if known:
        before = [s.nll for s in known]
        found.append(mean_difference(NLL_GAP, losses, before, confidence, unit="nats per token", seed=seed))
        found += [proportion(_control(name), outcomes, confidence) for name, outcomes in binary(known).items()]
        found.append(paired(_control(NLL), before, confidence, unit="nats per token", seed=seed))
    return found


def _control(name: str) -> str:
    return name.replace("residual.", "control.", 1)
