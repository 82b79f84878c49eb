"""The gate of a generator's adapter: champion and challenger answer the same items.

The rule (``judge_challenger``) asks for a gain; the guards refuse a loss: on a tag, in a context, on an earlier task.
Each ruling names the number that decided.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.answer_scoring import Score, by_tag
from pointsman.core.evaluation.statistics import Signal, mcnemar, paired
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.wording import be, count, interval, points, signed

BINARY = {"shape_valid": "answers in the right format", "citation_correct": "answers with the right citations"}
"""The binary measures of a challenger, in words; higher is better."""

UNIT = "(shape + citation)/2, -1..1"
SCORE = "the score (half format, half citation; higher is better)"


@dataclass(frozen=True, slots=True)
class ChallengerLimits:
    """The limits of ``gate`` for a challenger; units as in params.yaml."""

    min_answers: int
    min_gain: float
    max_loss: float
    min_slice_items: int
    max_forgetting: float
    confidence: float
    seed: int
    """Of the bootstrap."""

    @property
    def alpha(self) -> float:
        """Two-sided level of McNemar's test."""
        return 1 - self.confidence


@dataclass(frozen=True, slots=True)
class PairedScores:
    """The scores of two models on the same items, in the same order."""

    champion: Sequence[Score]
    challenger: Sequence[Score]

    def __post_init__(self) -> None:
        if [s.item for s in self.champion] != [s.item for s in self.challenger]:
            raise ValueError(
                f"champion and challenger did not answer the same items ({len(self.champion)} and "
                f"{len(self.challenger)}); give both the same items in the same order"
            )

    def __len__(self) -> int:
        return len(self.champion)

    def at(self, places: Sequence[int]) -> "PairedScores":
        """Return the items at ``places``."""
        return PairedScores([self.champion[n] for n in places], [self.challenger[n] for n in places])

    def change(self, name: str, bounds: ChallengerLimits) -> Signal:
        """Return challenger minus champion of (shape + citation)/2, paired."""
        deltas = [new.right - old.right for old, new in zip(self.champion, self.challenger, strict=True)]
        return paired(name, deltas, bounds.confidence, unit=UNIT, seed=bounds.seed)


def judge_challenger(scores: PairedScores, bounds: ChallengerLimits) -> Ruling:
    """Rule over a new generator adapter: the gain in (shape + citation)/2 must be sure, and be more than chance.

    It is sure when the lower end of its paired bootstrap interval exceeds ``min_gain``, and more than chance when one
    of the binary measures rises by McNemar's test: with few items the bootstrap alone is sure too early.
    The references must not become less likely while the shape rises, or the adapter has learned only the shape; and no
    binary measure may fall while the other rises.
    """
    if len(scores) < bounds.min_answers:
        few = (
            f"{count(len(scores), 'held-out answer')}, {bounds.min_answers} are needed (gate.min_answers); add examples"
        )
        return Ruling(Verdict.INCONCLUSIVE, few)
    silent = [s.item for s in scores.challenger if not math.isfinite(s.nll)]
    if silent:
        return Ruling(
            Verdict.REFUSE, f"the new adapter gives no finite loss on {count(len(silent), 'item')}; it is broken"
        )
    gain = scores.change("gate.generator.gain", bounds)
    shown = f"{SCORE} {_change_of(gain)}"
    if gain.high < 0:
        return Ruling(Verdict.REFUSE, f"{shown}; that is worse than the live adapter", gain)
    lost = _likelihood(scores, bounds, shown) or _fallen(scores, bounds)
    if lost is not None:
        return lost
    tests = _tests(scores)
    chance = "; ".join(f"{BINARY[name]}: {said}" for name, (_, _, said) in tests.items())
    sure = gain.low > bounds.min_gain
    asked = bounds.min_gain >= 0  # below 0 nothing needs to rise
    rises = not asked or any(rise > 0 and p <= bounds.alpha for rise, p, _ in tests.values())
    least = "gate.min_gain" if asked else "not to be worse is enough here"
    needed = f"{points(bounds.min_gain)} ({least})"
    if sure and rises:
        return Ruling(Verdict.PROMOTE, f"{shown}; the low end is above {needed}; {chance}", gain)
    missing = "no measure rises by more than chance" if sure else f"the low end is not above {needed}"
    return Ruling(Verdict.INCONCLUSIVE, f"{shown}; {missing}; {chance}", gain)


def _likelihood(scores: PairedScores, bounds: ChallengerLimits, shown: str) -> Ruling | None:
    """Refuse a challenger under which the references become less likely."""
    worse = [new.nll - old.nll for old, new in zip(scores.champion, scores.challenger, strict=True)]
    if not all(map(math.isfinite, worse)):
        return None  # the champion has no finite loss: there is nothing to compare with
    nll = paired("gate.generator.nll_change", worse, bounds.confidence, unit="nats per token", seed=bounds.seed)
    if nll.low <= 0:
        return None
    rise = f"{nll.value:+.3f} nats per token (interval {nll.low:+.3f} to {nll.high:+.3f}; lower is better)"
    because = f"{shown}, but the loss of the reference answers rises by {rise}"
    return Ruling(Verdict.REFUSE, because, nll)


def _fallen(scores: PairedScores, bounds: ChallengerLimits) -> Ruling | None:
    """Refuse a challenger that gains one binary measure and loses the other."""
    for measure, (rise, p, said) in _tests(scores).items():
        if rise < -bounds.max_loss and p <= bounds.alpha:
            deltas = [float(getattr(b, measure)) - float(getattr(a, measure)) for a, b in _pairs(scores)]
            unit = "challenger minus champion, -1..1"
            signal = paired(f"gate.generator.{measure}", deltas, bounds.confidence, unit=unit, seed=bounds.seed)
            because = (
                f"{BINARY[measure]}: {said}; a fall of at most {points(bounds.max_loss)} is allowed (gate.max_loss)"
            )
            return Ruling(Verdict.REFUSE, because, signal)
    return None


def _pairs(scores: PairedScores) -> Sequence[tuple[Score, Score]]:
    return list(zip(scores.champion, scores.challenger, strict=True))


def _tests(scores: PairedScores) -> dict[str, tuple[float, float, str]]:
    """Return (change, mid-p, in words) of each binary measure."""
    found = {}
    for measure in BINARY:
        old, new = ([getattr(s, measure) for s in side] for side in (scores.champion, scores.challenger))
        test, n = mcnemar(old, new), len(scores)
        said = (
            f"{sum(old)} → {sum(new)} of {n} ({test.gained} gained, {test.lost} lost, by chance with probability "
            f"{test.p:.3f})"
        )
        found[measure] = ((test.gained - test.lost) / n, test.p, said)
    return found


def guard_slices(scores: PairedScores, contexts: Mapping[str, PairedScores], bounds: ChallengerLimits) -> Ruling:
    """Refuse when a tag, or a context, with enough items falls with an interval wholly below ``-max_loss``.

    Args:
        scores: all items; each has its tags.
        contexts: the items in other contexts, by the context's name.
        bounds: ``min_slice_items``, ``max_loss``.
    """
    parts = {f"tag {tag!r}": scores.at(places) for tag, places in by_tag(scores.champion).items()}
    parts |= {f"context {name!r}": asked for name, asked in contexts.items()}
    judged = {name: part for name, part in parts.items() if len(part) >= max(1, bounds.min_slice_items)}
    changes = {name: part.change(f"gate.generator.slice.{name}", bounds) for name, part in judged.items()}
    fallen = {name: change for name, change in changes.items() if change.high < -bounds.max_loss}
    if fallen:
        name, change = min(fallen.items(), key=lambda each: each[1].value)
        more = f", and {len(fallen) - 1} more" if len(fallen) > 1 else ""
        because = f"{name}: {SCORE} {_change_of(change)}, more than the allowed fall of {points(bounds.max_loss)}"
        return Ruling(Verdict.REFUSE, f"{because} (gate.max_loss){more}", change)
    few = len(parts) - len(judged)
    least = f"{count(bounds.min_slice_items, 'item')} (gate.min_slice_items)"
    unjudged = f"; {few} with fewer than {least} {be(few)} not judged" if few else ""
    allowed = f"{points(bounds.max_loss)} (gate.max_loss)"
    return Ruling(Verdict.PROMOTE, f"no tag and no context of {len(judged)} falls by more than {allowed}{unjudged}")


def guard_forgetting(earlier: PairedScores, bounds: ChallengerLimits) -> Ruling:
    """Refuse catastrophic forgetting: held-out items of earlier tasks fall by more than ``max_forgetting``.

    A fall beyond the limit that may be chance (its interval reaches zero) is inconclusive.
    """
    few = f"{count(len(earlier), 'held-out item')} of earlier tasks"
    if len(earlier) < max(1, bounds.min_slice_items):
        least = f"{bounds.min_slice_items} (gate.min_slice_items)"
        because = f"{few}, fewer than {least}: forgetting is not judged"
        return Ruling(Verdict.PROMOTE, because)
    change = earlier.change("gate.generator.forgetting", bounds)
    shown = f"on earlier tasks {SCORE} {_change_of(change)}"
    allowed = f"a fall of {points(bounds.max_forgetting)} is allowed (gate.max_forgetting)"
    if change.value >= -bounds.max_forgetting:
        return Ruling(Verdict.PROMOTE, f"{shown}; {allowed}", change)
    if change.high < 0:
        return Ruling(Verdict.REFUSE, f"{shown}; the adapter forgets: {allowed}", change)
    return Ruling(Verdict.INCONCLUSIVE, f"{shown}; {allowed}, but it may be chance", change)


def _change_of(gain: Signal) -> str:
    """Return a change of the score in words."""
    return f"changes by {signed(gain.value)} over {count(gain.n, 'item')} (interval {interval(gain.low, gain.high)})"
