"""Champion against challenger, a generator's adapter, by the same items: what may replace what answers now.

The rule (``judge_challenger``) asks for a gain; the guards ask that nothing is paid for it: no slice, no context, no
earlier task. Each says by which number.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.answer_scoring import Score, by_tag
from pointsman.core.evaluation.statistics import Signal, mcnemar, paired
from pointsman.core.gates.ruling import Ruling, Verdict

BINARY = {"shape_valid": "answers in the asked shape", "citation_correct": "right citations"}
"""The binary measures that a challenger is judged by, in words."""

UNIT = "(shape + citation)/2, -1..1"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of ``gate`` that a challenger is held against; units as in params.yaml."""

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
    """Two models' scores of the same items, in the same order."""

    champion: Sequence[Score]
    challenger: Sequence[Score]

    def __post_init__(self) -> None:
        if [s.item for s in self.champion] != [s.item for s in self.challenger]:
            raise ValueError("champion and challenger did not answer the same items; nothing can be compared")

    def __len__(self) -> int:
        return len(self.champion)

    def at(self, places: Sequence[int]) -> "PairedScores":
        """Return the items at ``places``."""
        return PairedScores([self.champion[n] for n in places], [self.challenger[n] for n in places])

    def change(self, name: str, bounds: Bounds) -> Signal:
        """Return challenger minus champion of (shape + citation)/2, paired."""
        deltas = [new.right - old.right for old, new in zip(self.champion, self.challenger, strict=True)]
        return paired(name, deltas, bounds.confidence, unit=UNIT, seed=bounds.seed)


def judge_challenger(sides: PairedScores, bounds: Bounds) -> Ruling:
    """Rule over a new generator adapter: the gain in (shape + citation)/2 must be sure, and be more than chance.

    It is sure when the lower end of its paired bootstrap interval exceeds ``min_gain``, and more than chance when one
    of the binary measures rises by McNemar's test: the bootstrap alone is sure too early where items are few.
    The references' likelihood must not fall while the shape rises, or the adapter has learned only the shape; and no
    binary measure may fall for the other to rise.
    """
    if len(sides) < bounds.min_answers:
        few = f"{len(sides)} held-out items, {bounds.min_answers} are needed; add examples"
        return Ruling(Verdict.INCONCLUSIVE, few)
    silent = [s.item for s in sides.challenger if not math.isfinite(s.nll)]
    if silent:
        return Ruling(Verdict.REFUSE, f"the challenger's loss on {len(silent)} items is not a number; it is broken")
    gain = sides.change("gate.generator.gain", bounds)
    shown = f"(shape + citation)/2 over {_interval(gain)}"
    if gain.high < 0:
        return Ruling(Verdict.REFUSE, f"{shown}; worse than what is live", gain)
    lost = _likelihood(sides, bounds, shown) or _fallen(sides, bounds)
    if lost is not None:
        return lost
    tests = _tests(sides)
    chance = "; ".join(f"{name} {said}" for name, (_, _, said) in tests.items())
    sure = gain.low > bounds.min_gain
    asked = bounds.min_gain >= 0  # below, not to be worse is enough, and nothing need rise
    rises = not asked or any(rise > 0 and p <= bounds.alpha for rise, p, _ in tests.values())
    if sure and rises:
        return Ruling(Verdict.PROMOTE, f"{shown}; the lower bound exceeds {bounds.min_gain:.3f}; {chance}", gain)
    lacks = "no measure rises by more than chance" if sure else f"the lower bound does not exceed {bounds.min_gain:.3f}"
    return Ruling(Verdict.INCONCLUSIVE, f"{shown}; {lacks}; {chance}", gain)


def _likelihood(sides: PairedScores, bounds: Bounds, shown: str) -> Ruling | None:
    """Refuse a challenger under which the references become less likely."""
    worse = [new.nll - old.nll for old, new in zip(sides.champion, sides.challenger, strict=True)]
    if not all(map(math.isfinite, worse)):
        return None  # the champion's loss is no number: there is nothing to fall from
    nll = paired("gate.generator.nll_change", worse, bounds.confidence, unit="nats per token", seed=bounds.seed)
    if nll.low <= 0:
        return None
    because = f"{shown}, but the references' loss rises by {nll.value:+.3f} [{nll.low:+.3f}, {nll.high:+.3f}]"
    return Ruling(Verdict.REFUSE, because, nll)


def _fallen(sides: PairedScores, bounds: Bounds) -> Ruling | None:
    """Refuse a challenger that pays for one binary measure with the other."""
    for measure, (rise, p, said) in _tests(sides).items():
        if rise < -bounds.max_loss and p <= bounds.alpha:
            deltas = [float(getattr(b, measure)) - float(getattr(a, measure)) for a, b in _pairs(sides)]
            unit = "challenger minus champion, -1..1"
            signal = paired(f"gate.generator.{measure}", deltas, bounds.confidence, unit=unit, seed=bounds.seed)
            because = f"{BINARY[measure]} {said}; allowed {-bounds.max_loss:+.3f} (gate.max_loss)"
            return Ruling(Verdict.REFUSE, because, signal)
    return None


def _pairs(sides: PairedScores) -> Sequence[tuple[Score, Score]]:
    return list(zip(sides.champion, sides.challenger, strict=True))


def _tests(sides: PairedScores) -> dict[str, tuple[float, float, str]]:
    """Return (change, mid-p, in words) of each binary measure."""
    found = {}
    for measure in BINARY:
        old, new = ([getattr(s, measure) for s in side] for side in (sides.champion, sides.challenger))
        test, n = mcnemar(old, new), len(sides)
        said = f"{sum(old) / n:.3f} → {sum(new) / n:.3f} ({test.gained} gained, {test.lost} lost, mid-p {test.p:.3f})"
        found[measure] = ((test.gained - test.lost) / n, test.p, said)
    return found


def guard_slices(sides: PairedScores, contexts: Mapping[str, PairedScores], bounds: Bounds) -> Ruling:
    """Refuse when a tag, or a context, with enough items falls with an interval wholly below ``-max_loss``.

    Args:
        sides: all items; each carries its tags.
        contexts: the items in other contexts, by the context's name.
        bounds: ``min_slice_items``, ``max_loss``.
    """
    parts = {f"tag {tag!r}": sides.at(places) for tag, places in by_tag(sides.champion).items()}
    parts |= {f"context {name!r}": asked for name, asked in contexts.items()}
    judged = {name: part for name, part in parts.items() if len(part) >= max(1, bounds.min_slice_items)}
    changes = {name: part.change(f"gate.generator.slice.{name}", bounds) for name, part in judged.items()}
    fallen = {name: change for name, change in changes.items() if change.high < -bounds.max_loss}
    if fallen:
        name, change = min(fallen.items(), key=lambda each: each[1].value)
        more = f", and {len(fallen) - 1} more" if len(fallen) > 1 else ""
        because = f"{name}: (shape + citation)/2 over {_interval(change)}, wholly below the allowed"
        return Ruling(Verdict.REFUSE, f"{because} {-bounds.max_loss:+.3f} (gate.max_loss){more}", change)
    few = len(parts) - len(judged)
    unjudged = f"; {few} with fewer than gate.min_slice_items {bounds.min_slice_items} are not judged" if few else ""
    return Ruling(Verdict.PROMOTE, f"none of {len(judged)} slices falls below {-bounds.max_loss:+.3f}{unjudged}")


def guard_forgetting(earlier: PairedScores, bounds: Bounds) -> Ruling:
    """Refuse when held-out items of what the live adapter was trained for fall by more than ``max_forgetting``.

    A fall beyond the limit that may be chance (its interval reaches zero) is inconclusive.
    """
    few = f"{len(earlier)} held-out items of what the live adapter was trained for"
    if len(earlier) < max(1, bounds.min_slice_items):
        because = f"{few}, fewer than gate.min_slice_items {bounds.min_slice_items}: forgetting is not judged"
        return Ruling(Verdict.PROMOTE, because)
    change = earlier.change("gate.generator.forgetting", bounds)
    shown = f"(shape + citation)/2 on what the live adapter was trained for, over {_interval(change)}"
    allowed = f"{-bounds.max_forgetting:+.3f} (gate.max_forgetting)"
    if change.value >= -bounds.max_forgetting:
        return Ruling(Verdict.PROMOTE, f"{shown}; allowed {allowed}", change)
    if change.high < 0:
        return Ruling(Verdict.REFUSE, f"{shown}; it forgets: allowed {allowed}", change)
    return Ruling(Verdict.INCONCLUSIVE, f"{shown}; beyond the allowed {allowed}, but it may be chance", change)


def _interval(change: Signal) -> str:
    return f"{change.n} items changes by {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
