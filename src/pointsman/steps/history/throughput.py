"""What work takes on this machine: rates of past runs, and what they predict of the next one."""

from collections.abc import Mapping
from typing import Any

from pointsman.core.policy.cost import Estimate, Throughput, typical
from pointsman.core.supervision.examples import HELD_OUT_SHARE
from pointsman.steps.resources import Desk

TOKENS_A_WORD = 1.4
"""Tokens of a prompt's word, for the estimate of a training."""

TRAIN = "train"
"""The kind of a refresh that trains, whatever its index track."""

THROUGHPUT = "throughput"
"""Memory: rates of past runs."""


RATES = ("embed_per_second", "train_tokens_per_second", "retriever_tokens_per_second", "tokens_per_pair")
"""What of ``Throughput`` is remembered; the overhead has its own place."""

ENOUGH_TO_TELL = 100
"""Texts from which on a build's rate says something about the next one."""


def throughput(desk: Desk, kind: str) -> Throughput:
    """Return the rates of past runs on this machine; the overhead is that of refreshes of ``kind`` (an index track)."""
    known = desk.memory.get(THROUGHPUT)
    rates = {name: known[name] for name in RATES if name in known}
    return Throughput(**rates, overhead_seconds=typical(known.get("overhead", {}).get(kind, [])))


def training_tokens(desk: Desk, examples: int) -> int:
    """Return about how many tokens a training on ``examples`` examples goes through, all epochs together."""
    g = desk.params.generator
    words = g.passages * g.passage_tokens + g.max_new_tokens
    trained = examples * (1 - HELD_OUT_SHARE)
    return int(trained * g.lora.epochs * min(words * TOKENS_A_WORD, g.lora.max_length))


def training_seconds(desk: Desk, examples: int) -> float:
    """Return the predicted seconds of a generator training."""
    return round(throughput(desk, TRAIN).seconds(chunks=0, tokens=training_tokens(desk, examples)), 1)


def training_estimate(desk: Desk, examples: int) -> Estimate:
    """Return what a generator training on ``examples`` examples should take, by the rate of the last one."""
    tokens = training_tokens(desk, examples)
    return Estimate(tokens, tokens / throughput(desk, TRAIN).train_tokens_per_second)


def retriever_estimate(desk: Desk, points: int) -> Estimate:
    """Return what a retriever training takes, that of embedding ``points`` passages with it included."""
    lora, rates = desk.params.retriever.lora, throughput(desk, TRAIN)
    tokens = int(min(lora.max_pairs, points) * lora.epochs * rates.tokens_per_pair)
    return Estimate(tokens, tokens / rates.retriever_tokens_per_second + points / rates.embed_per_second)


def build_rate(built: Mapping[str, Any]) -> float | None:
    """Return the texts a second of a build that embedded enough to tell."""
    seconds = float(built.get("seconds", 0.0))
    return round(built["embedded"] / seconds, 3) if built["embedded"] >= ENOUGH_TO_TELL and seconds > 0 else None


def hours_since(desk: Desk, name: str) -> float | None:
    """Return the hours since a training of which the memory keeps the moment as ``name``; None where there was none."""
    known = desk.memory.get(THROUGHPUT).get(name)
    return None if known is None else round((desk.clock() - known) / 3600, 2)
