"""What work will cost, from the throughput of past runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

SECONDS_PER_HOUR = 3600.0


FIRST_OVERHEAD = 15.0
"""Seconds of a refresh besides embedding and training, before one was seen."""


FLOAT_BYTES = 4
POINT_BYTES = 2000
"""Bytes of a point besides its vector and its texts: ids, payload, their indexes, sparse terms; a round guess."""
TEXTS = 2
"""The text that is served and the one that is embedded are both kept."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """Rates of past runs on this machine; the defaults, for the first run, are deliberately slow."""

    embed_per_second: float = 30.0
    """Chunks embedded a second."""
    train_tokens_per_second: float = 300.0
    """Tokens trained a second."""
    retriever_tokens_per_second: float = 300.0
    """Tokens of queries, passages and negatives that a retriever training goes through a second."""
    tokens_per_pair: float = 250.0
    """Tokens of a training pair of the retriever, its negatives included."""
    overhead_seconds: float = FIRST_OVERHEAD
    """Seconds that a refresh of this kind takes besides."""

    def seconds(self, *, chunks: int, tokens: int) -> float:
        """Return the predicted seconds of a refresh that embeds ``chunks`` and trains on ``tokens``."""
        return self.overhead_seconds + chunks / self.embed_per_second + tokens / self.train_tokens_per_second


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a training is predicted to take, before it begins."""

    tokens: int
    """All epochs together."""
    seconds: float
    """Of the training itself, at the rate of the last one."""

    def beside(self, report: Mapping[str, Any], price_per_hour: float) -> dict[str, Any]:
        """Return a training's report with its money, and the estimate with actual over estimated where both are known.

        Args:
            report: the build's; ``tokens`` and ``seconds`` are what it really took.
            price_per_hour: money for an hour of the machine.
        """
        estimate = {"tokens": self.tokens, "seconds": round(self.seconds, 3)}
        estimate["money"] = money(self.seconds, price_per_hour)
        for name in ("tokens", "seconds"):
            predicted, actual = getattr(self, name), report.get(name)
            if predicted and actual:
                estimate[f"{name}_ratio"] = round(float(actual) / predicted, 4)
        spent = {"money": money(float(report["seconds"]), price_per_hour)} if report.get("seconds") else {}
        return {**report, **spent, "estimate": estimate}


def money(seconds: float, price_per_hour: float) -> float:
    """Return the price of ``seconds`` of a machine."""
    return seconds * price_per_hour / SECONDS_PER_HOUR


def typical(overheads: Sequence[float]) -> float:
    """Return the overhead to expect, in seconds: the lower median of what was seen and the first guess.

    One refresh that a laptop's lid held up for hours does not spoil the next estimate.
    """
    return median_low([FIRST_OVERHEAD, *overheads])


def collection_bytes(points: int, dimension: int, text_bytes: float) -> int:
    """Return about how many bytes a collection of ``points`` takes on disk, ``text_bytes`` being those of a passage."""
    return int(points * (FLOAT_BYTES * dimension + TEXTS * text_bytes + POINT_BYTES))
