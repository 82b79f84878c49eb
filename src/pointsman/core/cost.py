"""What work will cost, from the throughput of past runs."""

from collections.abc import Mapping
from dataclasses import dataclass

SECONDS_PER_HOUR = 3600.0

FIRST_GUESS: Mapping[str, float] = {"embed_per_second": 30.0, "train_tokens_per_second": 300.0, "overhead_seconds": 5.0}
"""Throughput assumed before anything was measured on this machine: deliberately slow ones."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """Rates of past runs on this machine."""

    embed_per_second: float = FIRST_GUESS["embed_per_second"]
    """Chunks embedded a second."""
    train_tokens_per_second: float = FIRST_GUESS["train_tokens_per_second"]
    """Tokens trained a second."""
    overhead_seconds: float = FIRST_GUESS["overhead_seconds"]
    """Seconds a refresh takes besides."""

    def seconds(self, *, chunks: int, tokens: int) -> float:
        """Return the predicted seconds for embedding ``chunks`` and training on ``tokens``."""
        if not chunks and not tokens:
            return 0.0
        return self.overhead_seconds + chunks / self.embed_per_second + tokens / self.train_tokens_per_second


def money(seconds: float, price_per_hour: float) -> float:
    """Return the price of ``seconds`` of a machine."""
    return seconds * price_per_hour / SECONDS_PER_HOUR


def smoothed(old: float, measured: float, weight: float = 0.5) -> float:
    """Return a rate moved towards a new measurement (exponential smoothing)."""
    return old + weight * (measured - old)
