"""The gate of a retriever adapter: champion and challenger on the same golden probes."""

from collections.abc import Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.statistics import paired
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.supervision.probes import GOLDEN
from pointsman.core.wording import count, interval, points, signed


@dataclass(frozen=True, slots=True)
class ProbeHits:
    """The probes of one kind that two embedders hit, of new and of unchanged content."""

    kind: str
    """Of the probes: derived or golden."""
    old_new: Sequence[bool] = ()
    """New content, champion."""
    new_new: Sequence[bool] = ()
    """New content, challenger."""
    old_control: Sequence[bool] = ()
    """Unchanged content, champion."""
    new_control: Sequence[bool] = ()
    """Unchanged content, challenger."""


def judge_retriever(
    derived: ProbeHits,
    golden: ProbeHits,
    *,
    asked: bool,
    min_items: int,
    min_gain: float,
    max_loss: float,
    confidence: float,
    seed: int,
) -> Ruling:
    """Rule over a new embedder adapter: hit@k must rise on new content and not fall on unchanged content.

    Args:
        derived: sentences of documents, by the embedder alone.
        golden: held-out questions of people, as served.
        asked: whether golden probes proposed the training: then they judge it.
        min_items: probes of new content below which a kind cannot promote.
        min_gain: the lower bound of the gain must exceed this.
        max_loss: a fall on unchanged content beyond this refuses.
        confidence: of the intervals.
        seed: of the bootstrap.
    """
    enough, few = len(golden.old_new) >= min_items, len(derived.old_new) < min_items
    tells = golden if enough and (asked or few) else derived
    if len(tells.old_new) < min_items:
        counted = f"{len(derived.old_new)} derived and {len(golden.old_new)} held-out golden probes of new content"
        return Ruling(Verdict.INCONCLUSIVE, f"{counted}; {min_items} of one kind are needed (gate.min_items)")
    for hits in (derived, golden):
        lost = _lost(hits, max_loss, confidence=confidence, seed=seed)
        if lost is not None:
            return lost
    return _gained(tells, min_gain, confidence=confidence, seed=seed)


def _gained(hits: ProbeHits, min_gain: float, *, confidence: float, seed: int) -> Ruling:
    """Rule over the gain on new content: its lower bound must exceed ``min_gain``."""
    unit = "hit@k challenger minus champion, -1..1"
    gain = paired("gate.retriever.gain", _delta(hits.old_new, hits.new_new), confidence, unit=unit, seed=seed)
    shown = (
        f"{hits.kind} probes of new content that find their page: {signed(gain.value)} over {count(gain.n, 'probe')} "
        f"(interval {interval(gain.low, gain.high)}; higher is better)"
    )
    needed = f"{points(min_gain)} (gate.min_gain)"
    if gain.low > min_gain:
        return Ruling(Verdict.PROMOTE, f"{shown}; the low end is above {needed}", gain)
    verdict = Verdict.REFUSE if gain.high < 0 else Verdict.INCONCLUSIVE
    return Ruling(verdict, f"{shown}; the low end is not above {needed}", gain)


def _lost(hits: ProbeHits, max_loss: float, *, confidence: float, seed: int) -> Ruling | None:
    """Refuse an adapter that loses too much on unchanged content; a fall of golden probes may be chance."""
    if not hits.old_control:
        return None
    deltas, unit = _delta(hits.old_control, hits.new_control), "hit@k challenger minus champion, -1..1"
    loss = paired("gate.retriever.control", deltas, confidence, unit=unit, seed=seed)
    shown = (
        f"{hits.kind} probes of unchanged content that find their page: {signed(loss.value)} over "
        f"{count(loss.n, 'probe')} (higher is better)"
    )
    if loss.value >= -max_loss or (hits.kind == GOLDEN and loss.high >= 0):
        return None
    return Ruling(Verdict.REFUSE, f"{shown}; a fall of {points(max_loss)} is allowed (gate.max_loss)", loss)


def _delta(old: Sequence[bool], new: Sequence[bool]) -> list[float]:
    return [float(n) - float(o) for o, n in zip(old, new, strict=True)]
