"""Whether a challenger may replace what is live: promote, refuse, or inconclusive; always by which number."""

from collections.abc import Sequence

from pointsman.core.evaluation.statistics import Signal, paired
from pointsman.core.gates.ruling import Ruling, Verdict


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
