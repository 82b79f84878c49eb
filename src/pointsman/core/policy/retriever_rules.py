"""The weights track, retriever: train only when new content is retrieved measurably worse than unchanged content.

Two gaps can show that: of derived probes (sentences of the documents, the embedder alone) and of held-out golden ones
(what people ask, as served). Either may argue; the one with the larger lower bound is the case.
"""

import math
from collections.abc import Mapping, Sequence

from pointsman.core.evaluation.signal_names import GOLDEN_GAP, GOLDEN_GAP_CONTROL, GOLDEN_GAP_NEW, DERIVED_GAP
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.affordability import Case, affordable, least_points
from pointsman.core.policy.debt import EXACT_DIGITS, POINTS, Debt
from pointsman.core.policy.decision import RETRIEVER, Draft, Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

ON: Mapping[str, str] = {DERIVED_GAP: "hit@k on new content", GOLDEN_GAP: "hit@k of golden probes of new content"}
"""The gaps, in the order in which they are told, and what lies below unchanged content."""
TRAIN = "train the retriever"
SHOWN = 1000
"""Parts of a gap that a flip is said in, rounded up."""


def propose(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Argue for a retriever training from the gaps; facts alone leave none."""
    owed = evidence.owing(RETRIEVER)
    if draft.index not in (Track.UPDATE, Track.REBUILD) or not evidence.has_live:
        if owed.points:
            draft.debt.append(f"retriever: {_borne(owed)}; it is weighed at the next change of documents")
        return
    gaps, limit = gaps_of(evidence.signals), start_of(owed, limits)
    if not gaps and not evidence.measured:
        draft.pending.append("the retrieval gap between new and unchanged content is measured after staging")
    case = decisive(evidence.signals, limits)
    argued = case is not None and case.low > limit
    enough = start_worth(evidence, limits, limit)
    for gap in gaps:
        _tell(draft, gap, (limit, enough), limits, argued=argued)
    if not argued and waits(evidence, limits):
        draft.debt.append(f"retriever: {_missing(evidence, limits)}")
    if case is not None and (argued or _is_small(case, limits)):
        _train(draft, Case(RETRIEVER, _in_points(case), owed.point_days, ahead=argued), evidence, limits)


def gaps_of(signals: Sequence[Signal]) -> list[Signal]:
    """Return the gaps that were measured, in the order in which they are told."""
    measured = {signal.name: signal for signal in reversed(signals)}
    return [measured[name] for name in ON if name in measured]


def decisive(signals: Sequence[Signal], limits: Limits) -> Signal | None:
    """Return the gap with the largest lower bound among those with enough probes on each side."""
    return max((g for g in gaps_of(signals) if g.n >= limits.min_probes), key=lambda gap: gap.low, default=None)


def unsettled(evidence: Evidence, limits: Limits) -> frozenset[str]:
    """Return the gaps whose new content stays new: a training is owed for it, or its probes are too few to tell."""
    start = start_of(evidence.owing(RETRIEVER), limits)
    lacking = {gap.name for gap in gaps_of(evidence.signals) if gap.low > start or _is_small(gap, limits)}
    gap = evidence.signal(DERIVED_GAP)
    few = {DERIVED_GAP} if gap is not None and gap.n < limits.min_probes else set()
    return frozenset(lacking | few | ({GOLDEN_GAP} if waits(evidence, limits) else set()))


def waits(evidence: Evidence, limits: Limits) -> bool:
    """Tell whether golden probes of new content look bad, and too few of them, or none to compare with, can tell."""
    gap, new = evidence.signal(GOLDEN_GAP), evidence.signal(GOLDEN_GAP_NEW)
    limit = start_of(evidence.owing(RETRIEVER), limits)
    if gap is not None:
        return gap.n < limits.min_probes and gap.low > limit
    return new is not None and round(1.0 - new.high, EXACT_DIGITS) > limit


def start_of(owed: Debt, limits: Limits) -> float:
    """Return the gap beyond which a training is argued for; while one is owed, a smaller gap keeps the debt open."""
    slack = limits.hysteresis if owed.points and limits.hysteresis else 0.0
    return max(0.0, round(limits.retrieval_gap - slack, EXACT_DIGITS)) if slack else limits.retrieval_gap


def start_worth(evidence: Evidence, limits: Limits, limit: float) -> float | None:
    """Return the gap beyond ``limit`` from which a training would also begin; None where none is large enough.

    Records of before rules 3 promised a training at the limit, worth its seconds or not.
    """
    if not limits.know(3):
        return limit
    points = least_points(RETRIEVER, evidence, limits)
    if points is None:
        return None
    enough = max(limit, math.ceil(points / POINTS * SHOWN) / SHOWN)
    return enough if enough < 1.0 else None


def _is_small(gap: Signal, limits: Limits) -> bool:
    """Tell whether a gap within its limit is still one that a gate could tell, and that costs something to bear."""
    priced = limits.seconds_per_point_day is not None
    return priced and limits.min_gain is not None and gap.low > limits.min_gain


def _in_points(gap: Signal) -> float:
    """Return what is lacking at least, in points."""
    return max(0.0, round(gap.low * POINTS, EXACT_DIGITS))


def _tell(draft: Draft, gap: Signal, bounds: tuple[float, float | None], limits: Limits, *, argued: bool) -> None:
    """Add the reason that a gap is, and what would have changed it while no gap argues for a training.

    ``bounds``: the limit beyond which a gap argues, and the gap from which the training would begin.
    """
    limit, enough = bounds
    sentence, flip = _weighed(gap, limit, limits, argued=argued)
    shown = f"{ON[gap.name]} is {gap.value:.3f} [{gap.low:.3f}, {gap.high:.3f}] below unchanged content"
    draft.because(gap.name, gap.value, limit, f"{shown}{sentence}", margin=gap.low - limit)
    if gap.name == DERIVED_GAP and gap.low > limit and not argued:
        side = "of the side with fewer, new or unchanged content," if limits.know(3) else "of new content"
        draft.debt.append(f"retriever: {limits.min_probes - gap.n} more probes {side} would decide")
    beyond = enough if flip == TRAIN else limit
    if flip and beyond is not None:
        draft.flips.append(f"a gap {_of(gap)}whose lower bound exceeds {beyond} (is {gap.low:.3f}) would {flip}")


def _weighed(gap: Signal, limit: float, limits: Limits, *, argued: bool) -> tuple[str, str]:
    """Return what a gap comes to, and what a larger one would do."""
    if gap.n < limits.min_probes:
        return f", but only {gap.n} probes; {limits.min_probes} are needed", ""
    if gap.low > limit:
        return f"; the lower bound exceeds {limit}", ""
    if argued:
        return f"; within {limit}: alone, this gap trains nothing", ""
    if _is_small(gap, limits):
        owed = f"; within {limit}, but beyond what a gate can tell ({limits.min_gain}): it is owed"
        return owed, "be weighed at once"
    return f"; re-indexing is enough while the lower bound is at most {limit}", TRAIN


def _of(gap: Signal) -> str:
    return "of golden probes " if gap.name == GOLDEN_GAP else ""


def _missing(evidence: Evidence, limits: Limits) -> str:
    """Say how many golden probes would let them decide, and on which side they lack."""
    gap, new, control = (evidence.signal(name) for name in (GOLDEN_GAP, GOLDEN_GAP_NEW, GOLDEN_GAP_CONTROL))
    least = gap.n if gap else 0
    counts = {"new": new.n if new else least, "unchanged": control.n if control else least}
    lacking = [f"{limits.min_probes - n} of {side} content" for side, n in counts.items() if n < limits.min_probes]
    would = f"more held-out golden probes would decide: {' and '.join(lacking)}"
    if gap or not new:
        return would
    return (
        f"hit@k of {new.n} golden probes of new content is {new.value:.3f}, and none is of unchanged content; {would}"
    )


def _train(draft: Draft, case: Case, evidence: Evidence, limits: Limits) -> None:
    if limits.rules is None or affordable(draft, case, evidence, limits):
        draft.train.append(RETRIEVER)


def _borne(owed: Debt) -> str:
    return f"{owed.points:.1f} points are lacking and {owed.point_days:.1f} point-days were borne"
