"""Trains the generator's behaviour: a LoRA adapter learned from prompts and answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters.models import causal_lm
from pointsman.adapters.models.causal_lm import Chat, Encoded
from pointsman.adapters.models.devices import quantization
from pointsman.adapters.models.lora import adapter_fingerprint, seeded, with_adapter_weights, with_lora
from pointsman.adapters.training.checkpoints import Checkpoint
from pointsman.adapters.training.inputs import (
    NO_CHECKPOINTS,
    ChatExample,
    CheckpointPolicy,
    GeneratorData,
    StartingPoint,
    TrainingOptions,
)
from pointsman.adapters.training.loop import Objective, fit
from pointsman.adapters.training.recipe import TrainingRecipe, TrainingResult, training_report
from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id
from pointsman.core.training.report import TrainingReport
from pointsman.core.training.schedule import Journal, TrainingPlan, TrainingStep, split_for_validation, training_plan
from pointsman.ports.progress import Progress
from pointsman.settings.params import GeneratorLora

BUCKET = 8
"""Batches whose examples are sorted by length together: little padding, and the order is still random."""


def train_generator(
    start: StartingPoint,
    out: Path,
    *,
    data: GeneratorData,
    options: TrainingOptions[GeneratorLora],
    checkpoints: CheckpointPolicy = NO_CHECKPOINTS,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train a LoRA adapter on attention and MLP projections and write it to ``out``; return the report.

    The loss is computed on the completions only.

    Args:
        start: the base model, and the adapter to continue from.
        out: folder of the adapter; replaced as a whole when the training has ended.
        data: the examples.
        options: LoRA settings and seed.
        checkpoints: the same training, started again, continues from its last checkpoint.
        progress: called after each step with the tokens trained.

    Raises:
        ModelMismatch: the adapter of ``start`` was trained on another base, or has another rank.
        ModelMissing: the base or the adapter of ``start`` is missing or damaged.
        UsageError: there is no example, an example is empty or too long, or 4 bits are not possible on this machine.
        TrainingDiverged: a loss or a gradient is not a finite number; the checkpoint stays.
    """
    lora = options.lora
    quantization(lora.quantize)  # refuse impossible settings before any work
    examples = _encode_all(start.base.folder, data, options)
    earlier = adapter_fingerprint(start.adapter, base=start.base.fingerprint) if start.adapter else None
    recipe = _recipe(start, examples, options, earlier=earlier)
    checkpoint = recipe.checkpoint(checkpoints)
    _note_missing_validation(checkpoint, examples, lora)
    learned = _learn(start, examples, options=options, checkpoint=checkpoint, progress=progress)
    adapter = recipe.save(learned.model, out, history={"continues": earlier, "replayed": list(start.replayed)})
    checkpoint.remove()
    return learned.report(adapter, recipe, notes=checkpoint.notes)


def _recipe(
    start: StartingPoint,
    examples: "EncodedExamples",
    options: TrainingOptions[GeneratorLora],
    *,
    earlier: str | None,
) -> TrainingRecipe:
    """Return what the adapter is made from; ``earlier`` is the fingerprint of the adapter that it continues."""
    return TrainingRecipe(
        base=start.base.fingerprint, data=examples.id, settings=asdict(options.lora), seed=options.seed, start=earlier
    )


@dataclass(frozen=True, slots=True)
class _Learned:
    """A model after its training."""

    model: Any
    journal: Journal
    completion_tokens: int
    """Trained tokens that the loss was computed on."""
    loss_before: float | None
    """Of the held-out examples, nats per completion token; None without such examples."""
    loss_after: float | None

    def report(self, adapter: str, recipe: TrainingRecipe, *, notes: Sequence[str]) -> TrainingReport:
        """Return the report of the training; ``adapter`` is the content id of what was written."""
        result = TrainingResult(
            adapter=adapter,
            data=recipe.data,
            completion_tokens=self.completion_tokens,
            notes=tuple(notes),
            loss_before=self.loss_before,
            loss_after=self.loss_after,
        )
        return training_report(self.journal, result)


def _learn(
    start: StartingPoint,
    examples: "EncodedExamples",
    *,
    options: TrainingOptions[GeneratorLora],
    checkpoint: Checkpoint,
    progress: Progress | None,
) -> _Learned:
    """Load the model, train it, and measure the held-out loss before and after."""
    lora = options.lora
    plan = plan_steps(examples.training, lora, options.seed)
    with seeded(options.seed):
        model = _model_with_adapter(start, lora)
        loss_before = examples.held_out_loss(model, lora.batch_size)
        objective = _objective(model, examples.validation, lora.batch_size)
        journal = fit(model, plan, objective, checkpoint=checkpoint, progress=progress)
    return _Learned(
        model=model,
        journal=journal,
        completion_tokens=sum(int(step.weight) for step in plan.steps[: journal.step]),
        loss_before=loss_before,
        loss_after=examples.held_out_loss(model, lora.batch_size),
    )


def _note_missing_validation(checkpoint: Checkpoint, examples: "EncodedExamples", lora: GeneratorLora) -> None:
    if lora.patience and not examples.validation:
        checkpoint.say_once(
            f"all {len(examples.training)} examples belong to one group, so none is left to validate on; "
            "the training does not stop early"
        )


def _model_with_adapter(start: StartingPoint, lora: GeneratorLora) -> Any:
    """Return the base with an adapter to train: a new one, or the weights of the one that ``start`` names."""
    base = causal_lm.load_model(start.base.folder, in_4_bits=quantization(lora.quantize))
    model = with_lora(base, rank=lora.rank, alpha=lora.alpha)
    if start.adapter is None:
        return model
    return with_adapter_weights(model, start.adapter, base=start.base.fingerprint)


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """How long an example may be."""

    setting: int
    """Tokens, ``generator.lora.max_length`` of params.yaml."""
    window: int | None
    """Tokens of the model's context; None where its configuration does not state it."""

    @property
    def tokens(self) -> int:
        """The smaller of the two."""
        return self.setting if self.window is None else min(self.setting, self.window)

    def advice(self) -> str:
        """Return what to do about an example that is too long."""
        limits = (
            f"generator.lora.max_length is {self.setting} and the model's own context is {self.window or 'unknown'}"
        )
        if self.window is not None and self.setting >= self.window:
            return f"{limits}: shorten them, or name a model with a longer context"
        return f"{limits}: shorten them or raise generator.lora.max_length"


@dataclass(frozen=True, slots=True)
class EncodedExamples:
    """The examples of a training as token ids."""

    training: list[Encoded]
    """At least one."""
    validation: list[Encoded]
    """Decide when to stop; may be empty."""
    held_out: list[Encoded]
    """Measured before and after; may be empty."""

    @property
    def id(self) -> str:
        """Content id (16 hex) of the training and validation examples."""
        return content_id([[row.ids, row.start] for rows in (self.training, self.validation) for row in rows])

    def held_out_loss(self, model: Any, batch_size: int) -> float | None:
        """Return the mean loss of the held-out examples in nats per completion token; None where there are none."""
        return _mean_loss(model, self.held_out, batch_size) if self.held_out else None


def _encode_all(base: Path, data: GeneratorData, options: TrainingOptions[GeneratorLora]) -> EncodedExamples:
    """Return the examples as token ids, with some kept for validation when ``patience`` is above 0.

    Raises:
        UsageError: there is no example, or some are empty or too long.
    """
    chat, lora = Chat(base), options.lora
    limit = LengthLimit(lora.max_length, causal_lm.window(base))
    rows = _encode(chat, data.training, limit, name="example")
    held_out = _encode(chat, data.held_out, limit, name="held-out example")
    if not rows:
        raise UsageError("no examples to train on; write some below examples.path")
    if not lora.patience:
        return EncodedExamples(rows, [], held_out)
    groups = [str(i) if example.group is None else example.group for i, example in enumerate(data.training)]
    training, validation = split_for_validation(groups, lora.evaluate_share, options.seed)
    return EncodedExamples([rows[i] for i in training], [rows[i] for i in validation], held_out)


def _encode(chat: Chat, examples: Sequence[ChatExample], limit: LengthLimit, *, name: str) -> list[Encoded]:
    """Return the examples as token ids.

    Raises:
        UsageError: some are empty or too long.
    """
    rows, wrong = [], []
    for i, example in enumerate(examples):
        row = chat.example(example.prompt, example.completion)
        rows.append(row)
        if not example.completion.strip():
            wrong.append(f"{name} {i} has an empty completion")
        elif len(row.ids) > limit.tokens:
            wrong.append(f"{name} {i} has {len(row.ids)} tokens, the limit is {limit.tokens}")
    if wrong:
        raise UsageError(f"{causal_lm.few(wrong)}; {limit.advice()}")
    return rows


def _objective(model: Any, validation: Sequence[Encoded], batch_size: int) -> Objective:
    """Return the loss on the completions, and the validation loss where there are validation examples."""
    return Objective(
        "training the generator, tokens",
        lambda batch: causal_lm.completion_losses(model, batch)[0].sum(),
        (lambda: _mean_loss(model, validation, batch_size)) if validation else None,
    )


def plan_steps(rows: Sequence[Encoded], lora: GeneratorLora, seed: int) -> TrainingPlan:
    """Return the steps of all epochs: each of ``accumulate`` batches, each batch of similar lengths."""
    epochs = []
    for batches in _epochs([len(row.ids) for row in rows], lora, seed):
        chosen = [tuple(rows[i] for i in batch) for batch in batches]
        steps = [tuple(chosen[i : i + lora.accumulate]) for i in range(0, len(chosen), lora.accumulate)]
        epochs.append([_step(step) for step in steps])
    return training_plan(
        epochs, learning_rate=lora.learning_rate, evaluate_every=lora.evaluate_steps, patience=lora.patience
    )


def _step(batches: tuple[tuple[Encoded, ...], ...]) -> TrainingStep:
    rows = [row for batch in batches for row in batch]
    return TrainingStep(batches, sum(len(row.ids) for row in rows), sum(row.completion_tokens for row in rows))


def _epochs(lengths: Sequence[int], lora: GeneratorLora, seed: int) -> list[list[list[int]]]:
    """Return the batches of each epoch as indices: random, but of similar length within each batch."""
    random = np.random.default_rng(seed)
    found: list[list[list[int]]] = []
    for _ in range(lora.epochs):
        order = random.permutation(len(lengths))
        epoch = []
        for start in range(0, len(order), BUCKET * lora.batch_size):
            bucket = [int(i) for i in order[start : start + BUCKET * lora.batch_size]]
            sizes = [lengths[i] for i in bucket]
            epoch += [[bucket[i] for i in batch] for batch in causal_lm.ordered(sizes, lora.batch_size)]
        found.append([epoch[i] for i in random.permutation(len(epoch))])
    return found


def _mean_loss(model: Any, rows: Sequence[Encoded], batch_size: int) -> float:
    """Return the mean loss (nats per completion token) of ``rows``, of which there is at least one."""
    import torch

    total, count = 0.0, 0
    with torch.inference_mode():
        for batch in causal_lm.ordered([len(row.ids) for row in rows], batch_size):
            losses, tokens = causal_lm.completion_losses(model, [rows[i] for i in batch])
            total += float(losses.sum())
            count += int(tokens.sum())
    return total / count
