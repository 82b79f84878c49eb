"""Whether a challenger may replace what is live: promote, refuse, or inconclusive; always by which number."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pointsman.core.probes import GOLDEN
from pointsman.core.signals import Signal, paired


class Verdict(StrEnum):
    """What a gate says."""

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


def judge_index(
    served: int,
    wanted: int,
    live: Sequence[bool],
    staged: Sequence[bool],
    *,
    max_loss: float,
    confidence: float,
    seed: int,
) -> Ruling:
    """Rule over a staged revision.

    Args:
        served: points that a reader of the staged revision sees.
        wanted: points it should see.
        live: hit of each golden probe whose documents did not change, on the live release.
        staged: the same probes on the staged revision.
        max_loss: a drop whose whole interval lies beyond this refuses.
        confidence: of the interval.
        seed: of the bootstrap.
    """
    if served != wanted:
        return Ruling(Verdict.REFUSE, f"the staged revision serves {served} points, {wanted} are wanted; run it again")
    if not live:
        return Ruling(
            Verdict.PROMOTE, f"all {wanted} points are in place; there is no live release or no probe to compare"
        )
    deltas = [float(s) - float(v) for v, s in zip(live, staged, strict=True)]
    change = paired("gate.index.hit_change", deltas, confidence, unit="staged minus live hit@k, -1..1", seed=seed)
    shown = f"hit@k of {change.n} golden probes changes by {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
    if change.high < -max_loss:
        return Ruling(Verdict.REFUSE, f"{shown}; wholly below the allowed {-max_loss:+.3f}", change)
    return Ruling(Verdict.PROMOTE, f"all {wanted} points are in place; {shown}; allowed {-max_loss:+.3f}", change)


def judge_migration(
    overlap: Signal | None,
    recall: Signal | None,
    probes: int,
    *,
    min_items: int,
    min_overlap: float,
    min_ann_recall: float,
) -> Ruling:
    """Rule over a rebuilt index before readers are switched to it.

    Args:
        overlap: neighbour overlap@10 with the live index; None where there is none to compare with.
        recall: recall@10 of the search graph against exact search; None where there is nothing to search.
        probes: golden probes that were asked of both sides; with ``min_items`` of them the paired test rules.
        min_items: probes below this cannot judge a rebuild.
        min_overlap: without enough probes, an overlap not shown to reach this is for a person to judge.
        min_ann_recall: a recall below this refuses, for everybody.
    """
    refused = judge_recall(recall, min_ann_recall=min_ann_recall)
    if refused is not None:
        return refused
    said = [] if recall is None else [f"recall@10 of the search graph against exact search is {_shown(recall)}"]
    if overlap is None:
        return Ruling(Verdict.PROMOTE, "; ".join([*said, "nothing live to compare neighbours with"]), recall)
    said.append(f"neighbour overlap@10 with the live index is {_shown(overlap)}")
    if probes >= min_items:
        return Ruling(Verdict.PROMOTE, "; ".join([*said, f"{probes} golden probes rule, it explains"]), overlap)
    if overlap.low >= min_overlap:
        return Ruling(Verdict.PROMOTE, "; ".join([*said, f"its lower bound reaches {min_overlap:.3f}"]), overlap)
    below = f"its lower bound is below gate.min_overlap {min_overlap:.3f}"
    few = f"and {probes} golden probes, fewer than gate.min_items {min_items}, cannot judge it"
    way = "add probes, or read the numbers and run `pointsman approve`"
    return Ruling(Verdict.INCONCLUSIVE, "; ".join([*said, f"{below} {few}", way]), overlap)


def judge_recall(recall: Signal | None, *, min_ann_recall: float) -> Ruling | None:
    """Refuse a collection whose search graph misses too much of what exact search finds; None where it does not."""
    if recall is None or recall.value >= min_ann_recall:
        return None
    return Ruling(
        Verdict.REFUSE,
        f"recall@10 of the search graph against exact search is {_shown(recall)}, below gate.min_ann_recall "
        f"{min_ann_recall:.3f}, even after the graph was built finer; readers stay where they are",
        recall,
    )


def _shown(signal: Signal) -> str:
    return f"{signal.value:.3f} [{signal.low:.3f}, {signal.high:.3f}] (n = {signal.n})"


@dataclass(frozen=True, slots=True)
class Sides:
    """Which probes of one kind two embedders hit, of new and of unchanged content."""

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
    derived: Sides,
    golden: Sides,
    *,
    asked: bool,
    min_items: int,
    min_gain: float,
    max_loss: float,
    confidence: float,
    seed: int,
) -> Ruling:
    """Rule over a new embedder adapter: hit@k must rise on new content and must not fall on unchanged content.

    Args:
        derived: sentences of documents, by the embedder alone.
        golden: held-out questions of people, as they are served.
        asked: whether golden probes argued for the training: then they tell whether it was worth it.
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
        return Ruling(Verdict.INCONCLUSIVE, f"{counted}; {min_items} of one kind are needed")
    for sides in (derived, golden):
        lost = _lost(sides, max_loss, confidence, seed)
        if lost is not None:
            return lost
    unit = "hit@k challenger minus champion, -1..1"
    gain = paired("gate.retriever.gain", _delta(tells.old_new, tells.new_new), confidence, unit=unit, seed=seed)
    shown = (
        f"hit@k on {gain.n} {tells.kind} probes of new content changes by "
        f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
    )
    if gain.low > min_gain:
        return Ruling(Verdict.PROMOTE, f"{shown}; the lower bound exceeds {min_gain:.3f}", gain)
    verdict = Verdict.REFUSE if gain.high < 0 else Verdict.INCONCLUSIVE
    return Ruling(verdict, f"{shown}; the lower bound does not exceed {min_gain:.3f}", gain)


def _lost(sides: Sides, max_loss: float, confidence: float, seed: int) -> Ruling | None:
    """Refuse an adapter that loses too much on unchanged content; of few golden probes, one lost by chance is none."""
    if not sides.old_control:
        return None
    deltas, unit = _delta(sides.old_control, sides.new_control), "hit@k challenger minus champion, -1..1"
    loss = paired("gate.retriever.control", deltas, confidence, unit=unit, seed=seed)
    shown = f"hit@k on {loss.n} {sides.kind} probes of unchanged content changes by {loss.value:+.3f}"
    if loss.value >= -max_loss or (sides.kind == GOLDEN and loss.high >= 0):
        return None
    return Ruling(Verdict.REFUSE, f"{shown}; allowed {-max_loss:+.3f}", loss)


def _delta(old: Sequence[bool], new: Sequence[bool]) -> list[float]:
    return [float(n) - float(o) for o, n in zip(old, new, strict=True)]
