"""The gate of an index: whether a staged revision, or a rebuilt collection, may go live."""

from collections.abc import Sequence

from pointsman.core.evaluation.statistics import Signal, paired
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.wording import count, interval, points, signed


def judge_index(
    served: int,
    wanted: int,
    live: Sequence[bool],
    staged: Sequence[bool],
    *,
    has_live: bool,
    asked: int,
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
        has_live: whether a live release can be searched.
        asked: golden probes that were asked on the staged revision, also those whose documents changed.
        max_loss: a drop whose whole interval lies beyond this refuses.
        confidence: of the interval.
        seed: of the bootstrap.
    """
    if served != wanted:
        return Ruling(
            Verdict.REFUSE,
            f"the staged revision serves {count(served, 'point')}, {wanted} are wanted; run the refresh again",
        )
    in_place = f"all {count(wanted, 'point')} are in place" if wanted != 1 else "the one point is in place"
    if not live:
        return Ruling(Verdict.PROMOTE, f"{in_place}; {_not_compared(has_live=has_live, asked=asked)}")
    deltas = [float(s) - float(v) for v, s in zip(live, staged, strict=True)]
    change = paired("gate.index.hit_change", deltas, confidence, unit="staged minus live hit@k, -1..1", seed=seed)
    return _rule_over(change, in_place, max_loss=max_loss)


def _rule_over(change: Signal, in_place: str, *, max_loss: float) -> Ruling:
    """Refuse where all of the interval of ``change`` lies below the allowed fall; else promote."""
    shown = (
        f"golden probes that find the right page: {signed(change.value)} over {count(change.n, 'probe')} (interval "
        f"{interval(change.low, change.high)}; higher is better)"
    )
    allowed = f"a fall of {points(max_loss)} is allowed (gate.max_loss)"
    if change.high < -max_loss:
        return Ruling(Verdict.REFUSE, f"{shown}; the whole interval lies below that: {allowed}", change)
    return Ruling(Verdict.PROMOTE, f"{in_place}; {shown}; {allowed}", change)


def _not_compared(*, has_live: bool, asked: int) -> str:
    """Return why search on the staged revision was not compared with search on the live one."""
    if not has_live:
        return "no live release to compare with"
    if not asked:
        return "no golden probe: search was not compared (add some to probes/)"
    return "no golden probe of unchanged documents: search was not compared"


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
        probes: golden probes that both sides answered; with ``min_items`` of them the paired test decides.
        min_items: probes below this cannot judge a rebuild.
        min_overlap: without enough probes, a person decides unless the low end of the overlap reaches this.
        min_ann_recall: a recall below this refuses, for everybody.
    """
    refused = judge_recall(recall, min_ann_recall=min_ann_recall)
    if refused is not None:
        return refused
    said = [] if recall is None else [f"recall@10 of the search graph beside exact search is {_shown(recall)}"]
    if overlap is None:
        return Ruling(Verdict.PROMOTE, "; ".join([*said, "nothing live to compare neighbours with"]), recall)
    said.append(f"neighbour overlap@10 with the live index is {_shown(overlap)}")
    asked, limit = count(probes, "golden probe"), f"{min_overlap:.3f} (gate.min_overlap)"
    if probes >= min_items:
        verdict, why = Verdict.PROMOTE, f"{asked} decided it, the overlap only explains"
    elif overlap.low >= min_overlap:
        verdict, why = Verdict.PROMOTE, f"its low end reaches {limit}"
    else:
        verdict = Verdict.INCONCLUSIVE
        why = (
            f"its low end is below {limit} and {asked}, fewer than {min_items} (gate.min_items), cannot judge it; add "
            "probes, or read the numbers and run `pointsman approve`"
        )
    return Ruling(verdict, "; ".join([*said, why]), overlap)


def judge_recall(recall: Signal | None, *, min_ann_recall: float) -> Ruling | None:
    """Refuse a collection whose search graph misses too much of what exact search finds; None where it does not."""
    if recall is None or recall.value >= min_ann_recall:
        return None
    return Ruling(
        Verdict.REFUSE,
        f"recall@10 of the search graph beside exact search is {_shown(recall)}, below {min_ann_recall:.3f} "
        "(gate.min_ann_recall), even after the graph was built finer; readers stay on the live index",
        recall,
    )


def _shown(signal: Signal) -> str:
    return (
        f"{signal.value:.3f} (interval {signal.low:.3f} to {signal.high:.3f}, {count(signal.n, 'query', 'queries')}; "
        "higher is better)"
    )
