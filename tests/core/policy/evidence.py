"""Limits, evidence and signals that the tests of the policy share."""

from typing import Any

from pointsman.core.evaluation.signal_names import DERIVED_GAP, SHAPE
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.decision import Decision
from tests.core.policy.samples import evidence_of, limits_of, replace

LIMITS = limits_of(
    citation_correct=0.0, train_seconds=5000.0, price_per_hour=2.0, min_answers=12, min_gain=0.05, hysteresis=0.02,
    retry_share=0.1, seconds_per_point_day=10.0,
)  # fmt: skip


QUIET = evidence_of(changes={}, live_documents=100, listed_documents=100, documents=100, has_live=True)


EDITED = replace(QUIET, changes={"edited": 1}, measured=True, retriever_seconds=700.0)


TAUGHT = replace(QUIET, new_examples=24, known_examples=24, measured=True, train_seconds=700.0)


def signal(name: str, *, value: float = 0.5, low: float = 0.4, high: float = 0.6, n: int = 40) -> Signal:
    return Signal(name, value, "share", n, low, high)


def lacking(high: float, *more: Signal, n: int = 40) -> tuple[Signal, ...]:
    return (signal(SHAPE, value=min(0.3, high), low=0.0, high=high, n=n), *more)


def gap(low: float, n: int = 40) -> tuple[Signal, ...]:
    return (signal(DERIVED_GAP, value=low + 0.1, low=low, high=low + 0.2, n=n),)


def reason(decision: Decision, name: str) -> Any:
    return next(r for r in decision.reasons if r.signal == name)
