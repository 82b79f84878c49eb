"""Measured rates of past runs on this machine, and the time that they predict for the next run."""

from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.policy.cost import Estimate, Throughput, typical
from pointsman.core.supervision.examples import HELD_OUT_SHARE
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params

TOKENS_A_WORD = 1.4
"""Tokens per word of a prompt, to estimate a training."""

TRAIN = "train"
"""Kind of a refresh that trains a model, on any index track."""

THROUGHPUT = "throughput"
"""Memory key: rates of past runs."""

RATES = ("embed_per_second", "train_tokens_per_second", "retriever_tokens_per_second", "tokens_per_pair")
"""Fields of ``Throughput`` that are stored by name. The overhead is stored by kind of refresh."""

MIN_RATE_TEXTS = 100
"""Embedded texts, at least, for a build's rate to be used in estimates."""


def throughput(memory: Memory, kind: str) -> Throughput:
    """Return the rates of past runs, with the overhead of refreshes of ``kind`` (an index track, or ``TRAIN``)."""
    known = memory.get(THROUGHPUT)
    rates = {name: known[name] for name in RATES if name in known}
    return Throughput(**rates, overhead_seconds=typical(known.get("overhead", {}).get(kind, [])))


def training_tokens(params: Params, examples: int) -> int:
    """Return the estimated tokens of a generator training on ``examples`` examples, in all epochs together."""
    g = params.generator
    words = g.passages * g.passage_tokens + g.max_new_tokens
    trained = examples * (1 - HELD_OUT_SHARE)
    return int(trained * g.lora.epochs * min(words * TOKENS_A_WORD, g.lora.max_length))


def training_seconds(examples: int, *, memory: Memory, params: Params) -> float:
    """Return the predicted seconds of a generator training, overhead included."""
    return round(throughput(memory, TRAIN).seconds(chunks=0, tokens=training_tokens(params, examples)), 1)


def training_estimate(examples: int, *, memory: Memory, params: Params) -> Estimate:
    """Return the predicted tokens and seconds of a generator training, without overhead."""
    tokens = training_tokens(params, examples)
    return Estimate(tokens, tokens / throughput(memory, TRAIN).train_tokens_per_second)


def retriever_estimate(points: int, *, memory: Memory, params: Params) -> Estimate:
    """Return the predicted tokens and seconds of a retriever training; embedding ``points`` passages is included."""
    lora, rates = params.retriever.lora, throughput(memory, TRAIN)
    tokens = int(min(lora.max_pairs, points) * lora.epochs * rates.tokens_per_pair)
    return Estimate(tokens, tokens / rates.retriever_tokens_per_second + points / rates.embed_per_second)


def build_rate(built: Mapping[str, Any]) -> float | None:
    """Return the texts per second of a build; None if it embedded fewer than ``MIN_RATE_TEXTS`` texts."""
    seconds = float(built.get("seconds", 0.0))
    return round(built["embedded"] / seconds, 3) if built["embedded"] >= MIN_RATE_TEXTS and seconds > 0 else None


def hours_since(name: str, *, clock: Callable[[], float], memory: Memory) -> float | None:
    """Return the hours since the training whose time is stored under ``name``; None if there was none."""
    known = memory.get(THROUGHPUT).get(name)
    return None if known is None else round((clock() - known) / 3600, 2)
