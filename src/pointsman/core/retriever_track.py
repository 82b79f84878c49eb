"""The weights track, retriever: train only when new content is retrieved measurably worse than unchanged content."""

from pointsman.core.affording import Case, affordable
from pointsman.core.debt import EXACT_DIGITS, POINTS, Owed
from pointsman.core.decision import GAP, RETRIEVER, Draft, Track
from pointsman.core.evidence import Evidence, Limits
from pointsman.core.signals import Signal


def argue(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Argue for a retriever training from the gap; facts alone leave none."""
    owed = evidence.owing(RETRIEVER)
    if draft.index not in (Track.UPDATE, Track.REBUILD) or not evidence.has_live:
        if owed.points:
            draft.debt.append(f"retriever: {_borne(owed)}; it is weighed at the next change of documents")
        return
    gap = evidence.signal(GAP)
    if gap is None:
        if not evidence.measured:
            draft.pending.append("the retrieval gap between new and unchanged content is measured after staging")
        return
    limit = start_of(owed, limits)
    shown = f"hit@k on new content is {gap.value:.3f} [{gap.low:.3f}, {gap.high:.3f}] below unchanged content"
    if gap.n < limits.min_probes:
        _too_few(draft, gap, limit, shown, limits)
    elif gap.low > limit:
        sentence = f"{shown}; the lower bound exceeds {limit}"
        draft.because(GAP, gap.value, limit, sentence, margin=gap.low - limit)
        _train(draft, Case(RETRIEVER, _in_points(gap), owed.point_days), evidence, limits)
    elif _is_small(gap, limits):
        _accrue(draft, gap, limit, shown, evidence, limits)
    else:
        sentence = f"{shown}; re-indexing is enough while the lower bound is at most {limit}"
        draft.because(GAP, gap.value, limit, sentence, margin=gap.low - limit)
        draft.flips.append(f"a gap whose lower bound exceeds {limit} (is {gap.low:.3f}) would train the retriever")


def start_of(owed: Owed, limits: Limits) -> float:
    """Return the gap beyond which a training is argued for; while one is owed, a smaller gap keeps the debt open."""
    slack = limits.hysteresis if owed.points and limits.hysteresis else 0.0
    return max(0.0, round(limits.retrieval_gap - slack, EXACT_DIGITS)) if slack else limits.retrieval_gap


def _is_small(gap: Signal, limits: Limits) -> bool:
    """Tell whether a gap within its limit is still one that a gate could tell, and that costs something to bear."""
    priced = limits.seconds_per_point_day is not None
    return priced and limits.min_gain is not None and gap.low > limits.min_gain


def _in_points(gap: Signal) -> float:
    """Return what is lacking at least, in points."""
    return max(0.0, round(gap.low * POINTS, EXACT_DIGITS))


def _too_few(draft: Draft, gap: Signal, limit: float, shown: str, limits: Limits) -> None:
    draft.because(
        GAP, gap.value, limit, f"{shown}, but only {gap.n} probes; {limits.min_probes} are needed",
        margin=gap.low - limit,
    )  # fmt: skip
    if gap.low > limit:
        draft.debt.append(f"retriever: {limits.min_probes - gap.n} more probes of new content would decide")


def _accrue(draft: Draft, gap: Signal, limit: float, shown: str, evidence: Evidence, limits: Limits) -> None:
    """Weigh a gap within its limit by what was borne alone: small gaps add up until they have cost a training."""
    owed = evidence.owing(RETRIEVER)
    sentence = f"{shown}; within {limit}, but beyond what a gate can tell ({limits.min_gain}): it is owed"
    draft.because(GAP, gap.value, limit, sentence, margin=gap.low - limit)
    draft.flips.append(f"a gap whose lower bound exceeds {limit} (is {gap.low:.3f}) would be weighed at once")
    _train(draft, Case(RETRIEVER, _in_points(gap), owed.point_days, ahead=False), evidence, limits)


def _train(draft: Draft, case: Case, evidence: Evidence, limits: Limits) -> None:
    if limits.rules is None or affordable(draft, case, evidence, limits):
        draft.train.append(RETRIEVER)


def _borne(owed: Owed) -> str:
    return f"{owed.points:.1f} points are lacking and {owed.point_days:.1f} point-days were borne"
