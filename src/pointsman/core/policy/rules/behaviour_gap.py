"""How far the answers fall short: each measure of behaviour is evaluated once, beside its limit and its baselines.

A baseline is a cheaper way to the same behaviour, without training: examples in the prompt, or answers held to a
grammar. If a baseline reaches what a training would, training is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pointsman.core.evaluation.signal_names import CITATION, DECLINED, SHAPE
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, Signal, baseline_signal
from pointsman.core.policy.debt import EXACT_DIGITS
from pointsman.core.policy.decision import GENERATOR
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import POINTS

Baselines = Mapping[str, Signal]
"""Name of a baseline → the measure under it."""


@dataclass(frozen=True, slots=True)
class BehaviourGap:
    """One measure of the answers beside its limit."""

    signal: Signal
    """The share of the answers that do what is asked, with its interval and their number."""
    limit: float
    """Of params.yaml, 0..1: what a baseline must reach."""
    start: float
    """The share below which the answers fall short; above ``limit`` while a debt is open."""
    baselines: Baselines
    """Those that were measured on enough answers."""
    closed_by: str | None = None
    """The best baseline that closes this gap and every other one on its own; None where the answers do not fall short,
    or no baseline does that."""

    @property
    def name(self) -> str:
        """Name of the signal."""
        return self.signal.name

    @property
    def short(self) -> bool:
        """Whether the answers fall short: even the high end of the interval is below ``start``."""
        return self.signal.high < self.start

    @property
    def points(self) -> float:
        """Points (0.01) that are missing at least, beyond what the best baseline reaches; 0 where it closes the gap."""
        if not self.short or self.closed_by is not None:
            return 0.0
        best = max((signal.value for signal in self.baselines.values()), default=0.0)
        return max(0.0, round((self.start - max(self.signal.high, best)) * POINTS, EXACT_DIGITS))

    def reached_by(self) -> frozenset[str]:
        """Return the baselines that reach the limit of this measure."""
        return frozenset(name for name, signal in self.baselines.items() if signal.value >= self.limit)


def behaviour_gaps(evidence: Evidence, limits: Limits) -> tuple[BehaviourGap, ...]:
    """Return the gap of each measure that counts and was measured: shape, citation, declining; in that order."""
    slack = limits.training.hysteresis if evidence.training.debt_of(GENERATOR).points else 0.0
    gaps = [
        BehaviourGap(signal, limit, start=min(1.0, limit + slack), baselines=_baselines(evidence, limits, name))
        for name, limit in _limits_of(limits).items()
        if limit > 0 and (signal := _counting(evidence, limits, name)) is not None
    ]
    able = frozenset(BASELINE_SWITCHES).intersection(*(gap.reached_by() for gap in gaps if gap.short))
    return tuple(replace(gap, closed_by=_best(gap, able)) for gap in gaps)


def missing_points(gaps: tuple[BehaviourGap, ...]) -> float:
    """Return the points that are missing at least: those of the worst measure."""
    return max((gap.points for gap in gaps), default=0.0)


def enough_answers(limits: Limits) -> int:
    """Return the held-out answers that a gate needs to tell anything."""
    return max(1, limits.gate.min_answers)


def _limits_of(limits: Limits) -> dict[str, float]:
    """Return measure → limit; 0 leaves a measure out."""
    asked = limits.behaviour
    return {SHAPE: asked.shape_valid, CITATION: asked.citation_correct, DECLINED: asked.declined}


def _counting(evidence: Evidence, limits: Limits, name: str) -> Signal | None:
    """Return a measure; None for declining where too few questions have no answer, because those are only a part."""
    signal = evidence.signal(name)
    return None if signal is not None and name == DECLINED and signal.n < enough_answers(limits) else signal


def _baselines(evidence: Evidence, limits: Limits, name: str) -> Baselines:
    """Return the baselines of a measure that were measured on enough answers."""
    found = {baseline: evidence.signal(baseline_signal(name, baseline)) for baseline in sorted(BASELINE_SWITCHES)}
    return {each: s for each, s in found.items() if s is not None and s.n >= enough_answers(limits)}


def _best(gap: BehaviourGap, able: frozenset[str]) -> str | None:
    """Return the best of the baselines that close every gap on their own; None where the answers do not fall short."""
    reached = [(gap.baselines[name].value, name) for name in gap.reached_by() & able]
    return max(reached)[1] if gap.short and reached else None
