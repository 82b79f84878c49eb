"""What work takes on this machine: rates of past runs, and what they predict of the next one."""

from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.policy.cost import Estimate, Throughput, typical
from pointsman.core.supervision.examples import HELD_OUT_SHARE
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params

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


def throughput(memory: Memory, kind: str) -> Throughput:
    """Return the rates of past runs on this machine; the overhead is that of refreshes of ``kind`` (an index track)."""
    known = memory.get(THROUGHPUT)
    rates = {name: known[name] for name in RATES if name in known}
    return Throughput(**rates, overhead_seconds=typical(known.get("overhead", {}).get(kind, [])))


def training_tokens(params: Params, examples: int) -> int:
    """Return about how many tokens a training on ``examples`` examples goes through, all epochs together."""
    g = params.generator
    words = g.passages * g.passage_tokens + g.max_new_tokens
    trained = examples * (1 - HELD_OUT_SHARE)
    return int(trained * g.lora.epochs * min(words * TOKENS_A_WORD, g.lora.max_length))


def training_seconds(examples: int, *, memory: Memory, params: Params) -> float:
    """Return the predicted seconds of a generator training."""
    return round(throughput(memory, TRAIN).seconds(chunks=0, tokens=training_tokens(params, examples)), 1)


def training_estimate(examples: int, *, memory: Memory, params: Params) -> Estimate:
    """Return what a generator training on ``examples`` examples should take, by the rate of the last one."""
    tokens = training_tokens(params, examples)
    return Estimate(tokens, tokens / throughput(memory, TRAIN).train_tokens_per_second)


def retriever_estimate(points: int, *, memory: Memory, params: Params) -> Estimate:
    """Return what a retriever training takes, that of embedding ``points`` passages with it included."""
    lora, rates = params.retriever.lora, throughput(memory, TRAIN)
    tokens = int(min(lora.max_pairs, points) * lora.epochs * rates.tokens_per_pair)
    return Estimate(tokens, tokens / rates.retriever_tokens_per_second + points / rates.embed_per_second)


def build_rate(built: Mapping[str, Any]) -> float | None:
    """Return the texts a second of a build that embedded enough to tell."""
    seconds = float(built.get("seconds", 0.0))
    return round(built["embedded"] / seconds, 3) if built["embedded"] >= ENOUGH_TO_TELL and seconds > 0 else None


def hours_since(name: str, *, clock: Callable[[], float], memory: Memory) -> float | None:
    """Return the hours since a training of which the memory keeps the moment as ``name``; None where there was none."""
    known = memory.get(THROUGHPUT).get(name)
    return None if known is None else round((clock() - known) / 3600, 2)
