"""Measured numbers with their unit, sample size and interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 4000
"""Bootstrap resamples; the Monte Carlo error of a 95 % bound is then below a tenth of its width."""

BASELINE_SWITCHES: Mapping[str, str] = {"constrained": "generator.constrained", "few_shot": "generator.few_shot"}
"""Baselines, which change no weights, and the switch in params.yaml that turns each on."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured number."""

    name: str
    value: float
    unit: str
    """What one step of the value means, and its range."""
    n: int
    """Sample size."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""

    def __post_init__(self) -> None:
        numbers = (self.value, self.low, self.high)
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError(
                f"signal {self.name!r} is {numbers}; a signal must be finite: leave it out when unmeasured"
            )
        if self.low > self.high or self.n < 0:
            raise ValueError(
                f"signal {self.name!r} has the interval [{self.low}, {self.high}] and n {self.n}; "
                "low must be at most high, and n at least 0"
            )

    def as_json(self) -> dict[str, Any]:
        """Return the signal as a JSON value."""
        return asdict(self)


def baseline_signal(measure: str, baseline: str) -> str:
    """Return the name of a measure under a baseline: ``shape.few_shot`` of ``residual.behaviour.shape_valid``."""
    return f"{measure.rpartition('.')[2].partition('_')[0]}.{baseline}"


def z_of(confidence: float) -> float:
    """Return the two-sided standard normal quantile of ``confidence`` (0..1)."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(hits: float, n: int, confidence: float) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (Wilson 1927); (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    z, p = z_of(confidence), hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    return low, 1.0 if hits == n else min(1.0, centre + half)


def proportion(name: str, outcomes: Sequence[bool], confidence: float, unit: str = "share of items, 0..1") -> Signal:
    """Return the share of true ``outcomes`` with its Wilson interval.

    Raises:
        ValueError: no outcomes; nothing was measured.
    """
    if not outcomes:
        raise ValueError(f"signal {name!r} has no outcomes")
    hits = sum(outcomes)
    low, high = wilson(hits, len(outcomes), confidence)
    return Signal(name, hits / len(outcomes), unit=unit, n=len(outcomes), low=low, high=high)


def share_difference(name: str, first: Sequence[bool], second: Sequence[bool], confidence: float) -> Signal:
    """Return share(first) minus share(second) of two independent samples, with Newcombe's hybrid score interval.

    Newcombe 1998, method 10. ``n`` is the smaller sample's size.
    """
    a, b = proportion(name, first, confidence), proportion(name, second, confidence)
    gap = a.value - b.value
    low = gap - math.hypot(a.value - a.low, b.high - b.value)
    high = gap + math.hypot(a.high - a.value, b.value - b.low)
    return Signal(name, gap, unit="share minus share, -1..1", n=min(a.n, b.n), low=max(-1.0, low), high=min(1.0, high))


@dataclass(frozen=True, slots=True)
class Discordance:
    """How two binary outcomes of the same items differ (McNemar 1947)."""

    gained: int
    """Items that only the second got right."""
    lost: int
    """Items that only the first got right."""
    p: float
    """Two-sided exact binomial mid-p of a difference this large by chance, 0..1."""


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> Discordance:
    """Return McNemar's test of paired outcomes, by the binomial mid-p (Fagerland, Lydersen & Laake 2013).

    Raises:
        ValueError: the two are of different lengths, so they are not the same items.
    """
    gained = sum(b and not a for a, b in zip(first, second, strict=True))
    lost = sum(a and not b for a, b in zip(first, second, strict=True))
    n, fewer = gained + lost, min(gained, lost)
    ways = 2 * sum(math.comb(n, k) for k in range(fewer)) + math.comb(n, fewer)
    return Discordance(gained, lost, min(1.0, ways / 2**n))


def paired(name: str, deltas: ArrayLike, confidence: float, *, unit: str, seed: int) -> Signal:
    """Return the mean of paired differences with a percentile bootstrap interval (Efron 1979), seeded.

    Args:
        name: name of the signal.
        deltas: shape (n,), one difference for each item.
        confidence: of the two-sided interval, 0..1.
        unit: what one step of the mean means.
        seed: of the resampling; the same deltas and seed give the same interval.

    Raises:
        ValueError: no deltas.
    """
    values = np.asarray(deltas, dtype=np.float64)
    if values.size == 0:
        raise ValueError(f"signal {name!r} has no paired items")
    draws = np.random.default_rng(seed).integers(0, values.size, size=(RESAMPLES, values.size))
    means = values[draws].mean(axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Signal(name, float(values.mean()), unit=unit, n=int(values.size), low=float(low), high=float(high))


def mean_difference(
    name: str, first: Sequence[float], second: Sequence[float], confidence: float, *, unit: str, seed: int
) -> Signal:
    """Return mean(first) minus mean(second) of two independent samples, with a percentile bootstrap interval, seeded.

    Each sample is resampled by itself (Efron and Tibshirani 1993, chapter 8). ``n`` is the smaller sample's size.

    Raises:
        ValueError: a sample is empty.
    """
    samples = [np.asarray(values, dtype=np.float64) for values in (first, second)]
    if not all(values.size for values in samples):
        raise ValueError(f"signal {name!r} compares two samples, and one of them is empty")
    rng = np.random.default_rng(seed)
    drawn = [v[rng.integers(0, v.size, size=(RESAMPLES, v.size))].mean(axis=1) for v in samples]
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn[0] - drawn[1], [tail, 1 - tail])
    value = float(samples[0].mean() - samples[1].mean())
    return Signal(
        name, value, unit=unit, n=min(v.size for v in samples), low=float(min(low, value)), high=float(max(high, value))
    )
