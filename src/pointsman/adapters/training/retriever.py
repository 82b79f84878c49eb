"""Trains the retriever's vocabulary: a LoRA adapter learned from questions and the passages that answer them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters.models.devices import autocast, device, has_bf16
from pointsman.adapters.models.embedders.sentence_embedder import load_encoder
from pointsman.adapters.models.lora import seeded, with_lora
from pointsman.adapters.training.inputs import (
    NO_CHECKPOINTS,
    BaseModel,
    CheckpointPolicy,
    RankingExample,
    TrainingOptions,
)
from pointsman.adapters.training.loop import Objective, fit
from pointsman.adapters.training.recipe import TrainingRecipe, TrainingResult, training_report
from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id
from pointsman.core.training.report import TrainingReport
from pointsman.core.training.schedule import Journal, TrainingPlan, TrainingStep, split_for_validation, training_plan
from pointsman.ports.progress import Progress
from pointsman.settings.params import RetrieverLora

SCALE = 20.0
"""Factor of the cosines (Henderson et al. 2017, arXiv 1705.00652; the default of sentence-transformers)."""
NO_ADAPTER = r".*pooler.*"
"""Modules that get no adapter: sentence-transformers does the pooling itself."""
SMALLEST = 2
"""Fewest pairs in a batch: a passage alone in its batch has no negatives."""

Batch = tuple[RankingExample, ...]


def train_retriever(
    base: BaseModel,
    out: Path,
    *,
    examples: Sequence[RankingExample],
    options: TrainingOptions[RetrieverLora],
    checkpoints: CheckpointPolicy = NO_CHECKPOINTS,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train a LoRA adapter on every projection of the encoder and write it to ``out``; return the report.

    The loss ranks each query's passage above the other passages of its batch (multiple negatives ranking). No text is
    twice in a batch: a copy would be a wrong negative. Hard negatives count for their own query only.

    Args:
        base: where every training starts.
        out: folder of the adapter; replaced as a whole when the training has ended.
        examples: at least two of them differ in both query and passage.
        options: LoRA settings and seed.
        checkpoints: the same training, started again, continues from its last checkpoint.
        progress: called after each step with the tokens trained.

    Raises:
        UsageError: a text is empty, or fewer than two examples differ in query and passage.
        TrainingDiverged: a loss or a gradient is not a finite number; the checkpoint stays.
    """
    lora = options.lora
    training, validation = _split(examples, options)
    epochs = _epochs(training, options)
    recipe = _recipe(base, training, validation, options=options)
    checkpoint = recipe.checkpoint(checkpoints)
    if lora.patience and not validation:
        checkpoint.say_once(f"{len(examples)} pairs are too few to validate on some of them; nothing stops early")
    with seeded(options.seed):
        model = _model_with_adapter(base.folder, lora)
        objective = _objective(model, _validation_batches(validation, options))
        journal = fit(model, _plan(model, epochs, lora), objective, checkpoint=checkpoint, progress=progress)
    adapter = recipe.save(model[0].model, out)
    checkpoint.remove()
    return _report(journal, adapter, recipe, notes=checkpoint.notes)


def _recipe(
    base: BaseModel, *sides: Sequence[RankingExample], options: TrainingOptions[RetrieverLora]
) -> TrainingRecipe:
    """Return what the adapter is made from; ``sides`` are the training and the validation examples."""
    data = content_id([[[e.query, e.passage, e.negatives] for e in side] for side in sides])
    return TrainingRecipe(base=base.fingerprint, data=data, settings=asdict(options.lora), seed=options.seed)


def _report(journal: Journal, adapter: str, recipe: TrainingRecipe, *, notes: Sequence[str]) -> TrainingReport:
    """Return the report of a training; its loss is computed on all tokens, and nothing is held out."""
    result = TrainingResult(
        adapter=adapter, data=recipe.data, completion_tokens=journal.tokens_done, notes=tuple(notes)
    )
    return training_report(journal, result)


def _model_with_adapter(base: Path, lora: RetrieverLora) -> Any:
    """Return the embedder of a folder with a new adapter on its encoder, prepared to train fast."""
    model = load_encoder(base)
    _prepare(model[0].model)
    model[0].model = with_lora(model[0].model, rank=lora.rank, alpha=lora.alpha, exclude=NO_ADAPTER)
    return model


def _prepare(encoder: Any) -> None:
    """Make a transformers encoder train fast: no dropout, and attention as plain matrix products on a CPU with bf16.

    PyTorch's flash attention and the random numbers of dropout take a large part of a step on a CPU. The rank of the
    LoRA prevents overfitting in so few steps: the loss on held-out pairs is not above that of sentence-transformers
    with dropout, at 2.7 times the tokens per second (``python -m bench.speed.training retriever``, two cores with
    AVX-512 bf16).
    """
    import torch

    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    if device() == "cpu" and has_bf16():
        encoder.set_attn_implementation("eager")


def _refuse_empty_texts(examples: Sequence[RankingExample]) -> None:
    """Require text in every query, passage and negative.

    Raises:
        UsageError: some are empty; names them.
    """
    empty = [i for i, e in enumerate(examples) if not (e.query.strip() and e.passage.strip())]
    if empty:
        raise UsageError(f"pairs {empty[:5]} of {len(examples)} have an empty query or passage; leave them out")
    empty = [i for i, e in enumerate(examples) if not all(text.strip() for text in e.negatives)]
    if empty:
        raise UsageError(f"pairs {empty[:5]} of {len(examples)} have an empty negative; leave it out")


def _split(
    examples: Sequence[RankingExample], options: TrainingOptions[RetrieverLora]
) -> tuple[list[RankingExample], list[RankingExample]]:
    """Return (examples to train on, examples to validate on); no validation without patience or with too few.

    Raises:
        UsageError: a text is empty.
    """
    _refuse_empty_texts(examples)
    if not options.lora.patience:
        return list(examples), []
    passages = [example.passage for example in examples]
    training, validation = split_for_validation(passages, options.lora.evaluate_share, options.seed)
    if len(validation) < SMALLEST:
        return list(examples), []
    return [examples[i] for i in training], [examples[i] for i in validation]


def _validation_batches(validation: Sequence[RankingExample], options: TrainingOptions[RetrieverLora]) -> list[Batch]:
    """Return the batches of the validation examples; none where there are no examples."""
    return _batched(validation, options.lora.batch_size, np.random.default_rng(options.seed))


def _batched(examples: Sequence[RankingExample], batch_size: int, random: np.random.Generator) -> list[Batch]:
    """Return one epoch of examples in the order of ``batches``."""
    found = batches([(example.query, example.passage) for example in examples], batch_size, random)
    return [tuple(examples[i] for i in batch) for batch in found]


def _epochs(training: Sequence[RankingExample], options: TrainingOptions[RetrieverLora]) -> list[list[Batch]]:
    """Return the batches of each epoch.

    Raises:
        UsageError: no two examples may share a batch.
    """
    random = np.random.default_rng(options.seed)
    epochs = [_batched(training, options.lora.batch_size, random) for _ in range(options.lora.epochs)]
    if not any(epochs):
        raise UsageError(
            f"{len(training)} pairs give no batch of {SMALLEST} that differ in query and passage; give more"
        )
    return epochs


def _plan(model: Any, epochs: Sequence[Sequence[Batch]], lora: RetrieverLora) -> TrainingPlan:
    """Return the steps of all epochs: each of one batch."""
    return training_plan(
        [[_step(model, batch) for batch in epoch] for epoch in epochs],
        learning_rate=lora.learning_rate,
        evaluate_every=lora.evaluate_steps,
        patience=lora.patience,
    )


def _objective(model: Any, validation: Sequence[Batch]) -> Objective:
    """Return the ranking loss, and the validation loss where there are validation batches."""
    return Objective(
        "training the retriever, tokens",
        lambda batch: _loss(model, batch),
        (lambda: _mean_loss(model, validation)) if validation else None,
    )


def _step(model: Any, batch: Batch) -> TrainingStep:
    """Return the step on a batch; its tokens are all that the encoder reads: queries, passages and negatives."""
    texts = ([e.query for e in batch], [e.passage for e in batch], _negatives(batch))
    return TrainingStep((batch,), sum(_tokens(model, column) for column in texts), len(batch))


def _negatives(batch: Batch) -> list[str]:
    """Return the negatives of a batch, one example after the other."""
    return [text for example in batch for text in example.negatives]


def batches(pairs: Sequence[tuple[str, str]], batch_size: int, random: np.random.Generator) -> list[list[int]]:
    """Return one epoch of (query, passage) pairs as batches of indices, in random order.

    No query and no passage is twice in a batch; such a pair waits for the next batch. Batches of one pair are left out.
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
    """Return how many tokens of the texts the encoder reads."""
    return int(model.preprocess(list(texts))["attention_mask"].sum()) if texts else 0


def _loss(model: Any, batch: Batch) -> Any:
    """Return the summed ranking loss of a batch (nats); negatives are candidates of their own query only."""
    import torch

    queries = _vectors(model, [example.query for example in batch])
    scores = SCALE * queries @ _vectors(model, [example.passage for example in batch]).T
    if negatives := _negatives(batch):
        owners = [(row, nth) for row, example in enumerate(batch) for nth in range(len(example.negatives))]
        rows, columns = (torch.tensor(side, device=scores.device) for side in zip(*owners, strict=True))
        most = max(len(example.negatives) for example in batch)
        own = scores.new_full((len(batch), most), -torch.inf)
        near = SCALE * (queries[rows] * _vectors(model, negatives)).sum(dim=1)
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


def _mean_loss(model: Any, validation: Sequence[Batch]) -> float:
    """Return the mean ranking loss (nats per pair) of the validation batches."""
    import torch

    with torch.inference_mode():
        return sum(float(_loss(model, batch)) for batch in validation) / sum(map(len, validation))
