"""Debt: the shortfall that readers met since a model was last trained, added up until it justifies a training.

The cumulative threshold of CARA (Mahadevan & Mathioudakis, "Cost-aware retraining for machine learning", 2023): the
staleness is added up, and a retraining is due once the sum reaches its cost. As when renting skis, who buys after
having paid the price in rent never pays more than twice what hindsight would have (Karlin et al. 1988).
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

SECONDS_PER_DAY = 86_400.0

EXACT_DIGITS = 6
"""Decimals of a point: 0.9 - 0.8 is 0.09999999999999998."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What a decision may look at of a training that was put off."""

    role: str
    points: float = 0.0
    """Lower bound of the shortfall when it was last measured, in points (0.01 of the measure)."""
    point_days: float = 0.0
    """The accumulated shortfall: points times the days since the last training on which they were missing."""
    current: bool = True
    """Whether the points were measured on the very examples that are there now; else they are measured anew."""

    def __post_init__(self) -> None:
        for name, value in (("points", self.points), ("point_days", self.point_days)):
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} of the {self.role}'s debt is {value!r}; it must be finite and at least 0")

    def __bool__(self) -> bool:
        return bool(self.points or self.point_days)


@dataclass(frozen=True, slots=True)
class Account:
    """The debt of a model and its date: what is kept between two refreshes."""

    points: float = 0.0
    """As last measured; each day that passes adds as much to ``point_days``."""
    point_days: float = 0.0
    """Up to ``at``."""
    at: float = 0.0
    """Seconds since the epoch when this was brought up to date."""
    documents: tuple[str, ...] = ()
    """Digests of the ids of documents whose content is new to the model and not settled yet."""
    asked: tuple[str, ...] = ()
    """Digests of those whose golden probes could not settle it yet."""
    examples: str = ""
    """Id of the set of examples that the points were measured on; empty where none play a part."""

    def until(self, now: float) -> "Account":
        """Return the account at ``now`` (seconds since the epoch); a clock that went back adds nothing."""
        days = max(0.0, now - self.at) / SECONDS_PER_DAY
        return replace(self, point_days=self.point_days + self.points * days, at=now)

    def measured(
        self,
        points: float,
        now: float,
        *,
        documents: Collection[str] = (),
        asked: Collection[str] = (),
        examples: str = "",
    ) -> "Account":
        """Return the account after a shortfall of ``points`` was measured at ``now``; what added up before stays."""
        of_documents, of_probes = tuple(sorted(documents)), tuple(sorted(asked))
        return replace(
            self.until(now), points=max(0.0, points), documents=of_documents, asked=of_probes, examples=examples
        )

    def debt(self, role: str, now: float, examples: str = "") -> Debt:
        """Return the debt at ``now``, the accumulated shortfall rounded: asked twice in a minute it is the same."""
        current = self.examples in {"", examples}
        return Debt(role, round(self.points, 4), point_days=round(self.until(now).point_days, 2), current=current)

    def as_json(self) -> dict[str, Any]:
        """Return the account as a JSON value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Account":
        """Return the account that ``as_json`` gave; of an empty value, an empty account."""
        listed = {name: tuple(value.get(name, ())) for name in ("documents", "asked")}
        return cls(**{**value, **listed})


def expected_benefit(points: float, point_days: float, *, horizon_days: float, seconds_per_point_day: float) -> float:
    """Return the seconds of training that a gain justifies: the shortfall so far, and that of the days to come.

    ``seconds_per_point_day * (point_days + points * horizon_days)``
    """
    return seconds_per_point_day * (point_days + points * horizon_days)


def missing_point_days(seconds: float, points: float, point_days: float, *, horizon_days: float, rate: float) -> float:
    """Return the shortfall, points times days, that must still add up to justify ``seconds``; infinite at rate 0."""
    return math.inf if rate <= 0 else max(0.0, seconds / rate - point_days - points * horizon_days)
