"""What work will cost, from the throughput of past runs."""

from dataclasses import dataclass

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """Rates of past runs on this machine; the defaults, for the first run, are deliberately slow."""

    embed_per_second: float = 30.0
    """Chunks embedded a second."""
    train_tokens_per_second: float = 300.0
    """Tokens trained a second."""
    overhead_seconds: float = 15.0
    """Seconds that a refresh of this kind takes besides."""

    def seconds(self, *, chunks: int, tokens: int) -> float:
        """Return the predicted seconds of a refresh that embeds ``chunks`` and trains on ``tokens``."""
        return self.overhead_seconds + chunks / self.embed_per_second + tokens / self.train_tokens_per_second


def money(seconds: float, price_per_hour: float) -> float:
    """Return the price of ``seconds`` of a machine."""
    return seconds * price_per_hour / SECONDS_PER_HOUR


def smoothed(old: float, measured: float, weight: float = 0.5) -> float:
    """Return a rate moved towards a new measurement (exponential smoothing)."""
    return old + weight * (measured - old)
