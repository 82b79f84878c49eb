"""Teaches the generator a behaviour: a LoRA adapter learned from prompts and completions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters import language_model
from pointsman.adapters.devices import peak_memory
from pointsman.adapters.language_model import Chat, Encoded
from pointsman.adapters.lora import TrainingReport, described, fit, save, seeded, with_lora
from pointsman.core.errors import UsageError
from pointsman.ports import Message, Progress
from pointsman.settings import GeneratorLora

Examples = tuple[Sequence[Sequence[Message]], Sequence[str]]
"""Prompts, and the completion of each."""
BUCKET = 8
"""Batches whose examples are ordered by length among themselves: little padding, and still a random order."""


def train_generator(
    base: Path,
    out: Path,
    *,
    base_fingerprint: str,
    prompts: Sequence[Sequence[Message]],
    completions: Sequence[str],
    held_out: Examples,
    lora: GeneratorLora,
    seed: int,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train a LoRA adapter on attention and MLP projections, with loss on the completions alone; write it to ``out``.

    Args:
        base: folder of the base model.
        out: folder of the adapter; replaced as a whole, once training is through.
        base_fingerprint: of ``base``; the adapter will load on nothing else.
        prompts: chat messages up to where the assistant begins.
        completions: what the assistant should say, one for each prompt.
        held_out: prompts and completions that are only measured, before and after; may be empty.
        lora: rank, alpha, learning rate, epochs, batch size and length limit.
        seed: of initialisation and order.
        progress: told after each step.

    Raises:
        UsageError: there is nothing to learn from, or an example is empty or too long; says which.
    """
    chat = Chat(base)
    rows = _encoded(chat, (prompts, completions), lora.max_length, "example")
    unseen = _encoded(chat, held_out, lora.max_length, "held-out example")
    if not rows:
        raise UsageError("no examples to train on; write some below examples.path")
    with seeded(seed):
        model = with_lora(language_model.load(base), rank=lora.rank, alpha=lora.alpha)
        before = _mean_loss(model, unseen, lora.batch_size)
        batches = _batches([len(row.ids) for row in rows], lora, seed)
        losses, seconds = fit(
            model,
            [[rows[i] for i in batch] for batch in batches],
            lambda batch: _loss(model, batch),
            learning_rate=lora.learning_rate,
            label="training the generator",
            progress=progress,
        )
    after = _mean_loss(model, unseen, lora.batch_size)
    settings = described(lora)
    adapter = save(model, out, base=base_fingerprint, seed=seed, settings=settings)
    tokens = lora.epochs * sum(len(row.ids) for row in rows)
    return TrainingReport(
        tokens=tokens,
        completion_tokens=lora.epochs * sum(row.completion_tokens for row in rows),
        steps=len(losses),
        seconds=seconds,
        tokens_per_second=tokens / seconds,
        peak_memory_bytes=peak_memory(),
        losses=losses,
        held_out_loss_before=before,
        held_out_loss_after=after,
        adapter_fingerprint=adapter,
    )


def _encoded(chat: Chat, examples: Examples, max_length: int, name: str) -> list[Encoded]:
    """Return the examples as token ids, all of them usable.

    Raises:
        UsageError: some are empty or too long.
    """
    rows, wrong = [], []
    for i, (messages, completion) in enumerate(zip(*examples, strict=True)):
        row = chat.example(messages, completion)
        rows.append(row)
        if not completion.strip():
            wrong.append(f"{name} {i} has an empty completion")
        elif len(row.ids) > max_length:
            wrong.append(f"{name} {i} has {len(row.ids)} tokens, the limit is {max_length}")
    if wrong:
        raise UsageError(f"{language_model.few(wrong)}; shorten them or raise generator.lora.max_length")
    return rows


def _batches(lengths: Sequence[int], settings: GeneratorLora, seed: int) -> list[list[int]]:
    """Return the batches of all epochs as indices: random, but of similar length within each."""
    random = np.random.default_rng(seed)
    found: list[list[int]] = []
    for _ in range(settings.epochs):
        order = random.permutation(len(lengths))
        epoch = []
        for start in range(0, len(order), BUCKET * settings.batch_size):
            bucket = [int(i) for i in order[start : start + BUCKET * settings.batch_size]]
            sizes = [lengths[i] for i in bucket]
            epoch += [[bucket[i] for i in batch] for batch in language_model.ordered(sizes, settings.batch_size)]
        found += [epoch[i] for i in random.permutation(len(epoch))]
    return found


def _loss(model: Any, batch: Sequence[Encoded]) -> Any:
    """Return the mean loss over a batch's completion tokens."""
    losses, tokens = language_model.completion_losses(model, batch)
    return losses.sum() / tokens.sum()


def _mean_loss(model: Any, rows: Sequence[Encoded], batch_size: int) -> float | None:
    """Return the mean loss (nats per completion token) over all of ``rows``; None for none."""
    import torch

    if not rows:
        return None
    total, count = 0.0, 0
    with torch.inference_mode():
        for batch in language_model.ordered([len(row.ids) for row in rows], batch_size):
            losses, tokens = language_model.completion_losses(model, [rows[i] for i in batch])
            total += float(losses.sum())
            count += int(tokens.sum())
    return total / count
