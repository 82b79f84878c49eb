"""Teaches the embedder a vocabulary: a LoRA adapter learned from questions and the passages that answer them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters.devices import autocast, device, peak_memory
from pointsman.adapters.embedder import load
from pointsman.adapters.lora import TrainingReport, described, fit, save, seeded, with_lora
from pointsman.core.errors import UsageError
from pointsman.ports import Progress
from pointsman.settings import RetrieverLora

SCALE = 20.0
"""Factor of the cosines (Henderson et al. 2017, arXiv 1705.00652; the default of sentence-transformers)."""
UNUSED = r".*pooler.*"
"""Module names without an adapter: sentence-transformers pools by itself."""
SMALLEST = 2
"""Pairs in a batch, at least: alone, a passage has no negatives."""

Pair = tuple[str, str]
"""Query and passage."""


def train_retriever(
    base: Path,
    out: Path,
    *,
    base_fingerprint: str,
    pairs: Sequence[Pair],
    lora: RetrieverLora,
    seed: int,
    progress: Progress | None = None,
    negatives: Sequence[Sequence[str]] | None = None,
) -> TrainingReport:
    """Train a LoRA adapter on every projection of the encoder and write it to ``out``.

    The loss ranks each query's passage above the other passages of its batch (multiple negatives ranking). A batch
    holds no query and no passage twice, for a copy would be a negative that is right. A pair's own hard negatives stand
    against its query alone: nobody has looked whether they answer the others.

    Args:
        base: folder of the base model.
        out: folder of the adapter; replaced as a whole, once training is through.
        base_fingerprint: of ``base``; the adapter will load on nothing else.
        pairs: queries, each with a passage that answers it.
        lora: rank, alpha, learning rate, epochs and batch size.
        seed: of initialisation, order and dropout.
        progress: told after each step.
        negatives: for each pair, passages that do not answer its query; any number of them.

    Raises:
        UsageError: a text is empty, negatives do not fit the pairs, or fewer than two pairs differ on both sides.
    """
    empty = [i for i, pair in enumerate(pairs) if not all(text.strip() for text in pair)]
    if empty:
        raise UsageError(f"pairs {empty[:5]} of {len(pairs)} have an empty query or passage; leave them out")
    hard = negatives if negatives is not None else [()] * len(pairs)
    if len(hard) != len(pairs):
        raise UsageError(f"{len(hard)} lists of negatives for {len(pairs)} pairs; give one for each")
    if not all(text.strip() for texts in hard for text in texts):
        raise UsageError("a negative is empty; leave it out")
    random = np.random.default_rng(seed)
    planned = [batch for _ in range(lora.epochs) for batch in batches(pairs, lora.batch_size, random)]
    if not planned:
        raise UsageError(f"{len(pairs)} pairs give no batch of {SMALLEST} that differ in query and passage; give more")
    with seeded(seed):
        model = load(base)
        model[0].model = with_lora(model[0].model, rank=lora.rank, alpha=lora.alpha, left_alone=UNUSED)
        tokens = [0]
        losses, seconds = fit(
            model,
            planned,
            lambda batch: _loss(model, [pairs[i] for i in batch], tokens, [hard[i] for i in batch]),
            learning_rate=lora.learning_rate,
            label="training the retriever",
            progress=progress,
        )
    adapter = save(model[0].model, out, base=base_fingerprint, seed=seed, settings=described(lora))
    return TrainingReport(
        tokens=tokens[0],
        completion_tokens=tokens[0],
        steps=len(losses),
        seconds=seconds,
        tokens_per_second=tokens[0] / seconds,
        peak_memory_bytes=peak_memory(),
        losses=losses,
        held_out_loss_before=None,
        held_out_loss_after=None,
        adapter_fingerprint=adapter,
    )


def batches(pairs: Sequence[Pair], batch_size: int, random: np.random.Generator) -> list[list[int]]:
    """Return one epoch as indices of pairs, in random order, no query and no passage twice in a batch.

    A pair waits for the next batch while its query or passage is in this one; batches of a single pair are left out.
    """
    waiting = [int(i) for i in random.permutation(len(pairs))]
    found = []
    while waiting:
        batch: list[int] = []
        left: list[int] = []
        seen: set[tuple[int, str]] = set()
        for position, i in enumerate(waiting):
            texts = set(enumerate(pairs[i]))
            if len(batch) == batch_size:
                left += waiting[position:]
                break
            if seen & texts:
                left.append(i)
            else:
                batch.append(i)
                seen |= texts
        found.append(batch)
        waiting = left
    return [batch for batch in found if len(batch) >= SMALLEST]


def _loss(model: Any, batch: Sequence[Pair], tokens: list[int], hard: Sequence[Sequence[str]] = ()) -> Any:
    """Return the ranking loss of a batch; adds its tokens to ``tokens[0]``.

    ``hard`` holds each pair's own negatives: further columns of its row, and of no other.
    """
    import torch

    queries, passages = (_vectors(model, texts, tokens) for texts in zip(*batch, strict=True))
    scores = SCALE * queries @ passages.T
    owners = [(row, nth) for row, texts in enumerate(hard) for nth in range(len(texts))]
    if owners:
        rows, columns = (torch.tensor(side, device=scores.device) for side in zip(*owners, strict=True))
        against = _vectors(model, [text for texts in hard for text in texts], tokens)
        width = max(len(texts) for texts in hard)
        own = scores.new_full((len(batch), width), -torch.inf)
        own = own.index_put((rows, columns), SCALE * (queries[rows] * against).sum(dim=1))
        scores = torch.cat([scores, own], dim=1)
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(batch), device=scores.device))


def _vectors(model: Any, texts: Sequence[str], tokens: list[int]) -> Any:
    """Return the vectors of texts, shape (len(texts), dimension), each of length 1."""
    import torch

    features = {
        name: part.to(device()) if hasattr(part, "to") else part for name, part in model.preprocess(list(texts)).items()
    }
    tokens[0] += int(features["attention_mask"].sum())
    with autocast():
        vectors = model(features)["sentence_embedding"]
    return torch.nn.functional.normalize(vectors.float(), dim=1)
