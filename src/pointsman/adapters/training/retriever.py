"""Teaches the embedder a vocabulary: a LoRA adapter learned from questions and the passages that answer them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters.models.devices import autocast, device, has_bf16
from pointsman.adapters.models.lora import described, seeded, with_lora
from pointsman.adapters.models.sentence_embedder import load
from pointsman.adapters.training.loop import Objective, Recipe, fit, written
from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id
from pointsman.core.training.report import TrainingReport
from pointsman.core.training.schedule import Course, Step, course, put_aside
from pointsman.ports.index import Progress
from pointsman.settings.params import RetrieverLora

SCALE = 20.0
"""Factor of the cosines (Henderson et al. 2017, arXiv 1705.00652; the default of sentence-transformers)."""
UNUSED = r".*pooler.*"
"""Module names without an adapter: sentence-transformers pools by itself."""
SMALLEST = 2
"""Pairs in a batch, at least: alone, a passage has no negatives."""

Pair = tuple[str, str]
"""Query and passage."""
Row = tuple[str, str, tuple[str, ...]]
"""Query, passage, and the pair's own hard negatives."""


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
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
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
        lora: rank, learning rate, batches, and when to stop.
        seed: of initialisation, order, and what is put aside to validate on.
        progress: told the tokens trained, after each step.
        negatives: for each pair, passages that do not answer its query; any number of them.
        checkpoint: ``.safetensors`` file that keeps where the training stands until the adapter is written; the same
            training, started again, goes on from there.
        checkpoint_seconds: between two checkpoints; one is also written at the end of each epoch.

    Raises:
        UsageError: a text is empty, negatives do not fit the pairs, or fewer than two pairs differ on both sides.
        TrainingDiverged: a loss or a gradient is no finite number; the checkpoint stays.
    """
    taught, judged = _sides(_rows(pairs, negatives), lora, seed)
    epochs = _epochs(taught, lora, seed)
    data = content_id([list(map(list, side)) for side in (taught, judged)])
    recipe = Recipe(base_fingerprint, data, described(lora), seed)
    kept = recipe.checkpoint(checkpoint, every=checkpoint_seconds)
    if lora.patience and not judged:
        kept.note(f"{len(pairs)} pairs are too few to validate on some of them: nothing stops early")
    with seeded(seed):
        model = _adapted(base, lora)
        exam = _batched(judged, lora.batch_size, np.random.default_rng(seed))
        journal = fit(model, _course(model, epochs, lora), _objective(model, exam), checkpoint=kept, progress=progress)
    return written(model[0].model, out, recipe, journal, kept, completion_tokens=journal.tokens_done)


def _adapted(base: Path, lora: RetrieverLora) -> Any:
    """Return the embedder of a folder, made to learn quickly, with fresh adapters on its encoder."""
    model = load(base)
    _prepare(model[0].model)
    model[0].model = with_lora(model[0].model, rank=lora.rank, alpha=lora.alpha, left_alone=UNUSED)
    return model


def _prepare(encoder: Any) -> None:
    """Let a transformers encoder learn quickly: no dropout, and attention as plain matrix products on a CPU with bf16.

    PyTorch's flash attention and the drawing of dropout's random numbers take a large part of a step on a CPU. A LoRA
    of few steps is held by its rank: its loss on held-out pairs is not above that of sentence-transformers with
    dropout, at 2.7 times the tokens a second (``python -m bench.training retriever``, two cores with AVX-512 bf16).
    """
    import torch

    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    if device() == "cpu" and has_bf16():
        encoder.set_attn_implementation("eager")


def _rows(pairs: Sequence[Pair], negatives: Sequence[Sequence[str]] | None) -> list[Row]:
    """Return the pairs, each with its own negatives.

    Raises:
        UsageError: a text is empty, or the negatives are not one list for each pair.
    """
    empty = [i for i, pair in enumerate(pairs) if not all(text.strip() for text in pair)]
    if empty:
        raise UsageError(f"pairs {empty[:5]} of {len(pairs)} have an empty query or passage; leave them out")
    hard = [()] * len(pairs) if negatives is None else negatives
    if len(hard) != len(pairs):
        raise UsageError(f"{len(hard)} lists of negatives for {len(pairs)} pairs; give one for each")
    empty = [i for i, texts in enumerate(hard) if not all(text.strip() for text in texts)]
    if empty:
        raise UsageError(f"pairs {empty[:5]} of {len(pairs)} have an empty negative; leave it out")
    return [(query, passage, tuple(texts)) for (query, passage), texts in zip(pairs, hard, strict=True)]


def _sides(rows: Sequence[Row], lora: RetrieverLora, seed: int) -> tuple[list[Row], list[Row]]:
    """Return (rows to train on, rows to validate on); all are trained on where patience or rows are too few."""
    if not lora.patience:
        return list(rows), []
    taught, judged = put_aside([passage for _, passage, _ in rows], lora.evaluate_share, seed)
    if len(judged) < SMALLEST:
        return list(rows), []
    return [rows[i] for i in taught], [rows[i] for i in judged]


def _batched(rows: Sequence[Row], batch_size: int, random: np.random.Generator) -> list[tuple[Row, ...]]:
    """Return one epoch of rows, as ``batches`` orders them."""
    found = batches([(query, passage) for query, passage, _ in rows], batch_size, random)
    return [tuple(rows[i] for i in batch) for batch in found]


def _epochs(taught: Sequence[Row], lora: RetrieverLora, seed: int) -> list[list[tuple[Row, ...]]]:
    """Return the batches of each epoch.

    Raises:
        UsageError: no two rows may share a batch.
    """
    random = np.random.default_rng(seed)
    epochs = [_batched(taught, lora.batch_size, random) for _ in range(lora.epochs)]
    if not any(epochs):
        raise UsageError(f"{len(taught)} pairs give no batch of {SMALLEST} that differ in query and passage; give more")
    return epochs


def _course(model: Any, epochs: Sequence[Sequence[tuple[Row, ...]]], lora: RetrieverLora) -> Course:
    """Return the steps of all epochs: each of one batch."""
    return course(
        [[_step(model, batch) for batch in epoch] for epoch in epochs],
        learning_rate=lora.learning_rate,
        exam_every=lora.evaluate_steps,
        patience=lora.patience,
    )


def _objective(model: Any, exam: Sequence[Sequence[Row]]) -> Objective:
    """Return the ranking loss, and the validation on the batches of ``exam`` where there are any."""
    return Objective(
        "training the retriever, tokens",
        lambda batch: _loss(model, batch),
        (lambda: _mean_loss(model, exam)) if exam else None,
    )


def _step(model: Any, batch: tuple[Row, ...]) -> Step:
    """Return the step on a batch; its tokens are all that the encoder sees: queries, passages and negatives."""
    return Step((batch,), sum(_tokens(model, texts) for texts in _columns(batch)), len(batch))


def _columns(batch: Sequence[Row]) -> tuple[list[str], list[str], list[str]]:
    """Return the queries, the passages, and the negatives one row after the other."""
    queries, passages, hard = zip(*batch, strict=True)
    return list(queries), list(passages), [text for texts in hard for text in texts]


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


def _tokens(model: Any, texts: Sequence[str]) -> int:
    """Return how many tokens of texts the encoder sees."""
    return int(model.preprocess(list(texts))["attention_mask"].sum()) if texts else 0


def _loss(model: Any, batch: Sequence[Row]) -> Any:
    """Return the summed ranking loss of a batch; a row's negatives are further columns of it, and of no other row."""
    import torch

    queries, passages, against = _columns(batch)
    asked = _vectors(model, queries)
    scores = SCALE * asked @ _vectors(model, passages).T
    if against:
        hard = [texts for _, _, texts in batch]
        owners = [(row, nth) for row, texts in enumerate(hard) for nth in range(len(texts))]
        rows, columns = (torch.tensor(side, device=scores.device) for side in zip(*owners, strict=True))
        own = scores.new_full((len(batch), max(map(len, hard))), -torch.inf)
        near = SCALE * (asked[rows] * _vectors(model, against)).sum(dim=1)
        scores = torch.cat([scores, own.index_put((rows, columns), near)], dim=1)
    right = torch.arange(len(batch), device=scores.device)
    return torch.nn.functional.cross_entropy(scores, right, reduction="sum")


def _vectors(model: Any, texts: Sequence[str]) -> Any:
    """Return the vectors of texts, shape (len(texts), dimension), each of length 1."""
    import torch

    features = {
        name: part.to(device()) if hasattr(part, "to") else part for name, part in model.preprocess(list(texts)).items()
    }
    with autocast():
        vectors = model(features)["sentence_embedding"]
    return torch.nn.functional.normalize(vectors.float(), dim=1)


def _mean_loss(model: Any, exam: Sequence[Sequence[Row]]) -> float:
    """Return the mean ranking loss (nats per pair) of the batches to validate on."""
    import torch

    with torch.inference_mode():
        return sum(float(_loss(model, batch)) for batch in exam) / sum(map(len, exam))
