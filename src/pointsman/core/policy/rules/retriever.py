"""The weights track, retriever: train only when new content is found measurably worse than unchanged content.

Two gaps can show that: of derived probes (sentences of the documents, the embedder alone) and of held-out golden ones
(what people ask, as served). Either may propose a training; the one with the larger lower bound counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.signal_names import (
    DERIVED_CONTROL,
    DERIVED_GAP,
    DERIVED_NEW,
    GOLDEN_GAP,
    GOLDEN_GAP_CONTROL,
    GOLDEN_GAP_NEW,
)
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.debt import EXACT_DIGITS, Debt
from pointsman.core.policy.decision import RETRIEVER, Draft, Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.rules.affordability import Proposal, affordable, least_points
from pointsman.core.wording import POINTS, be, count, percent, points, points_for_days

GAPS = (DERIVED_GAP, GOLDEN_GAP)
"""The gaps, in the order of their reasons."""
TRAIN, WEIGH = "train the retriever", "be weighed against its cost at once"
"""What a larger gap would do."""
NOT_JUDGED = "not judged"
"""The reason of a gap that too few probes measured begins so."""
SHOWN = 1000
"""Parts of a gap in a flip, rounded up: a tenth of a point."""


@dataclass(frozen=True, slots=True)
class GapBounds:
    """Two sizes of a gap."""

    limit: float
    """A gap beyond it proposes a training, 0..1."""
    enough: float | None
    """The gap from which the training would also begin; None where none is large enough."""


def propose(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Propose a retriever training where a gap asks for it; changed facts alone leave none."""
    debt = evidence.training.debt_of(RETRIEVER)
    if draft.index not in (Track.UPDATE, Track.REBUILD) or not evidence.corpus.has_live:
        if debt.points:
            draft.debt.append(f"retriever: {_accumulated(debt)}; the next change of documents decides")
        return
    signals = evidence.measurements.signals
    gaps, limit = gaps_of(signals), start_of(debt, limits)
    if not gaps and not evidence.measurements.measured:
        draft.pending.append("how well new content is found beside unchanged content is measured after staging")
    widest = decisive(signals, limits)
    proposed = widest is not None and widest.low > limit
    bounds = GapBounds(limit, _enough(evidence, limits, limit))
    for gap in gaps:
        if gap.n < limits.retriever.min_probes:
            _explain_too_few(draft, gap, bounds, evidence=evidence, limits=limits)
        else:
            _explain(draft, gap, bounds, limits, proposed=proposed)
        _owe_probes(draft, gap, limits, limit=limit, proposed=proposed)
    if not proposed and waits(evidence, limits):
        draft.debt.append(f"retriever: {_missing(evidence, limits)}")
    if widest is not None and (proposed or _is_small(widest, limits)):
        _train(draft, widest, evidence, limits, ahead=proposed)


def gaps_of(signals: Sequence[Signal]) -> list[Signal]:
    """Return the gaps that were measured, in the order of their reasons."""
    measured = {signal.name: signal for signal in reversed(signals)}
    return [measured[name] for name in GAPS if name in measured]


def decisive(signals: Sequence[Signal], limits: Limits) -> Signal | None:
    """Return the gap with the largest lower bound among those with enough probes on each side."""
    enough = limits.retriever.min_probes
    return max((g for g in gaps_of(signals) if g.n >= enough), key=lambda gap: gap.low, default=None)


def unsettled_gaps(evidence: Evidence, limits: Limits) -> frozenset[str]:
    """Return the gaps whose new content stays new: a training waits for it, or its probes are too few to tell."""
    start = start_of(evidence.training.debt_of(RETRIEVER), limits)
    gaps = gaps_of(evidence.measurements.signals)
    open_gaps = {gap.name for gap in gaps if gap.low > start or _is_small(gap, limits)}
    derived = evidence.signal(DERIVED_GAP)
    few = {DERIVED_GAP} if derived is not None and derived.n < limits.retriever.min_probes else set()
    return frozenset(open_gaps | few | ({GOLDEN_GAP} if waits(evidence, limits) else set()))


def waits(evidence: Evidence, limits: Limits) -> bool:
    """Tell whether golden probes of new content do badly, but too few were asked, or none to compare with."""
    gap, new = evidence.signal(GOLDEN_GAP), evidence.signal(GOLDEN_GAP_NEW)
    limit = start_of(evidence.training.debt_of(RETRIEVER), limits)
    if gap is not None:
        return gap.n < limits.retriever.min_probes and gap.low > limit
    return new is not None and round(1.0 - new.high, EXACT_DIGITS) > limit


def start_of(debt: Debt, limits: Limits) -> float:
    """Return the gap beyond which a training is proposed, 0..1; an open debt stays open down to a smaller gap."""
    limit, slack = limits.retriever.retrieval_gap, limits.training.hysteresis if debt.points else 0.0
    return max(0.0, round(limit - slack, EXACT_DIGITS)) if slack else limit


def _enough(evidence: Evidence, limits: Limits, limit: float) -> float | None:
    """Return the gap beyond ``limit`` from which a training would also begin; None where none is large enough."""
    least = least_points(RETRIEVER, evidence, limits)
    if least is None:
        return None
    enough = max(limit, math.ceil(least / POINTS * SHOWN) / SHOWN)
    return enough if enough < 1.0 else None


def _is_small(gap: Signal, limits: Limits) -> bool:
    """Tell whether a gap within its limit is still one that a gate could tell, and that costs readers something."""
    return limits.training.seconds_per_point_day is not None and gap.low > limits.gate.min_gain


def _explain_too_few(draft: Draft, gap: Signal, bounds: GapBounds, evidence: Evidence, limits: Limits) -> None:
    """Add the reason that a gap with too few probes is: how many there are on the side that has fewer."""
    noun = "golden probe" if gap.name == GOLDEN_GAP else "derived question"
    control = evidence.signal(GOLDEN_GAP_CONTROL if gap.name == GOLDEN_GAP else DERIVED_CONTROL)
    new = evidence.signal(GOLDEN_GAP_NEW if gap.name == GOLDEN_GAP else DERIVED_NEW)
    old = control is not None and control.n == gap.n and new is not None and new.n > gap.n
    because = (
        f"{NOT_JUDGED}: {count(gap.n, noun)} about {'unchanged' if old else 'new'} pages, "
        f"{limits.retriever.min_probes} are needed (policy.min_probes)"
    )
    draft.because(gap.name, gap.value, bounds.limit, because, margin=gap.low - bounds.limit)


def _owe_probes(draft: Draft, gap: Signal, limits: Limits, *, limit: float, proposed: bool) -> None:
    """Add how many more derived probes would decide on a gap that already exceeds the limit."""
    if gap.name == DERIVED_GAP and gap.low > limit and not proposed:
        missing = count(limits.retriever.min_probes - gap.n, "more probe")
        draft.debt.append(f"retriever: {missing} would decide, on the side that has fewer (new or unchanged content)")


def _explain(draft: Draft, gap: Signal, bounds: GapBounds, limits: Limits, *, proposed: bool) -> None:
    """Add the reason that a gap is, and what would have changed it while no gap proposes a training."""
    limit = bounds.limit
    consequence, then = _consequence(gap, limit, limits, proposed=proposed)
    interval = f"the interval is {_number(gap.low)} to {points(gap.high)}, {count(gap.n, 'probe')}"
    draft.because(gap.name, gap.value, limit, f"{finding(gap)}; {interval}{consequence}", margin=gap.low - limit)
    beyond = bounds.enough if then == TRAIN else limit
    if then and beyond is not None:
        golden = "of golden probes " if gap.name == GOLDEN_GAP else ""
        size, now = f"{beyond * POINTS:g} points", points(gap.low)
        draft.flips.append(f"a gap {golden}of more than {size} at the low end of its interval (now {now}) would {then}")


def finding(gap: Signal) -> str:
    """Return a gap in words: ``new pages are found as well as old ones (20 points better)``."""
    worse = round(gap.value * POINTS, 1)
    by = f"{points(abs(gap.value))} {'worse' if worse > 0 else 'better'}" if worse else "no difference"
    if gap.name == GOLDEN_GAP:
        how = "less often than" if worse > 0 else "as often as"
        return f"questions about new pages find them {how} questions about old ones ({by})"
    return f"new pages are found {'less often than' if worse > 0 else 'as well as'} old ones ({by})"


def _consequence(gap: Signal, limit: float, limits: Limits, *, proposed: bool) -> tuple[str, str]:
    """Return what follows from a gap, and what a larger one would do; empty where that would change nothing."""
    at_most = points(limit)
    if gap.low > limit:
        return f"; the low end is above the limit of {at_most}: training is proposed", ""
    if proposed:
        return f"; the low end is within the limit of {at_most}: alone, this gap trains nothing", ""
    if _is_small(gap, limits):
        small = points(limits.gate.min_gain)
        return (
            f"; the low end is within the limit of {at_most} but above {small} (gate.min_gain): the shortfall is added "
            "up until it justifies a training"
        ), WEIGH
    return f"; re-indexing is enough while the low end is at most {at_most} (policy.retrieval_gap)", TRAIN


def _number(share: float) -> str:
    return points(share).split(" ")[0]


def _missing(evidence: Evidence, limits: Limits) -> str:
    """Return how many golden probes would let them decide, and on which side they are missing."""
    gap, new = evidence.signal(GOLDEN_GAP), evidence.signal(GOLDEN_GAP_NEW)
    control, enough = evidence.signal(GOLDEN_GAP_CONTROL), limits.retriever.min_probes
    least = gap.n if gap else 0
    counts = {"new": new.n if new else least, "unchanged": control.n if control else least}
    missing = [f"{enough - n} of {side} content" for side, n in counts.items() if n < enough]
    would = f"more held-out golden probes would decide: {' and '.join(missing)}" if missing else "ask them again"
    if gap or not new:
        return would
    found = f"{percent(new.value)} of {count(new.n, 'golden probe')} of new content"
    return f"{found} {be(new.n)} answered from the right page, and none of unchanged content can be compared; {would}"


def _train(draft: Draft, gap: Signal, evidence: Evidence, limits: Limits, *, ahead: bool) -> None:
    """Train, where the gap is worth its cost; ``ahead``: the days to come count too."""
    least = max(0.0, round(gap.low * POINTS, EXACT_DIGITS))
    so_far = evidence.training.debt_of(RETRIEVER).point_days
    proposal = Proposal(RETRIEVER, least, point_days=so_far, finding=finding(gap), ahead=ahead)
    if affordable(draft, proposal, evidence, limits):
        draft.train.append(RETRIEVER)


def _accumulated(debt: Debt) -> str:
    return (
        f"new content was found {debt.points:.1f} points worse, and the shortfall has added up to "
        f"{points_for_days(debt.point_days, debt.points)}"
    )
