"""Teaches the generator a behaviour: a LoRA adapter learned from prompts and completions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters.models import causal_lm
from pointsman.adapters.models.causal_lm import Chat, Encoded
from pointsman.adapters.models.devices import quantization
from pointsman.adapters.models.lora import adapter_fingerprint, described, gone_on_from, seeded, with_lora
from pointsman.adapters.training.loop import Objective, Recipe, fit, written
from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id
from pointsman.core.training.report import TrainingReport
from pointsman.core.training.schedule import Course, Step, course, put_aside
from pointsman.ports.index import Progress
from pointsman.ports.models import Message
from pointsman.settings.params import GeneratorLora

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
    groups: Sequence[str] | None = None,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
    start: Path | None = None,
    replayed: Sequence[str] = (),
) -> TrainingReport:
    """Train a LoRA adapter on attention and MLP projections, with loss on the completions alone; write it to ``out``.

    Args:
        base: folder of the base model.
        out: folder of the adapter; replaced as a whole, once training is through.
        base_fingerprint: of ``base``; the adapter will load on nothing else.
        prompts: chat messages up to where the assistant begins.
        completions: what the assistant should say, one for each prompt.
        held_out: prompts and completions that are only measured, before and after; may be empty.
        lora: rank, learning rate, batches, length limit, and when to stop.
        seed: of initialisation, order, and what is put aside to validate on.
        groups: what each example belongs to, such as the document it cites; a group is validated on as a whole.
        progress: told the tokens trained, after each step.
        checkpoint: ``.safetensors`` file that keeps where the training stands until the adapter is written; the same
            training, started again, goes on from there.
        checkpoint_seconds: between two checkpoints; one is also written at the end of each epoch.
        start: folder of the adapter that is taught more; without, training begins on the base.
        replayed: digests of the examples that it learned before, for the record.

    Raises:
        ModelMismatch: ``start`` was trained on another base, or has another form; says both.
        ModelMissing: ``start`` is not there, or damaged.
        UsageError: there is nothing to learn from, an example is empty or too long, or 4 bits are asked for where they
            are impossible; says which.
        TrainingDiverged: a loss or a gradient is no finite number; the checkpoint stays.
    """
    chat, in_4_bits = Chat(base), quantization(lora.quantize)
    limit = Limit(lora.max_length, causal_lm.window(base))
    lessons = _lessons(chat, limit, (prompts, completions), held_out, groups=groups, lora=lora, seed=seed)
    before_it = adapter_fingerprint(start, base=base_fingerprint) if start else None
    recipe = Recipe(base_fingerprint, lessons.data, described(lora), seed, before_it)
    kept = recipe.checkpoint(checkpoint, every=checkpoint_seconds)
    if lora.patience and not lessons.judged:
        kept.note(
            f"all {len(lessons.taught)} examples are of one group: nothing to validate on, so nothing stops early"
        )
    planned = course_of(lessons.taught, lora, seed)
    with seeded(seed):
        model = with_lora(causal_lm.load(base, in_4_bits=in_4_bits), rank=lora.rank, alpha=lora.alpha)
        if start is not None:
            model = gone_on_from(model, start, base=base_fingerprint)
        before = lessons.held_out_loss(model, lora.batch_size)
        objective = _objective(model, lessons.judged, lora.batch_size)
        journal = fit(model, planned, objective, checkpoint=kept, progress=progress)
    return written(
        model, out, recipe, journal, kept,
        completion_tokens=sum(int(step.weight) for step in planned.steps[: journal.step]),
        held_out=(before, lessons.held_out_loss(model, lora.batch_size)),
        history={"continues": before_it, "replayed": list(replayed)},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """How long an example may be."""

    asked: int
    """Tokens, of params.yaml."""
    window: int | None
    """Tokens of the model's context; None where its configuration does not say."""

    @property
    def tokens(self) -> int:
        """The smaller one."""
        return self.asked if self.window is None else min(self.asked, self.window)

    def advice(self) -> str:
        """Return the way out for an example that is too long."""
        said = f"generator.lora.max_length is {self.asked} and the model's own context is {self.window or 'unknown'}"
        if self.window is not None and self.asked >= self.window:
            return f"{said}: shorten them, or name a model with a longer context"
        return f"{said}: shorten them or raise generator.lora.max_length"


@dataclass(frozen=True, slots=True)
class Lessons:
    """Examples as token ids, by what becomes of them."""

    taught: list[Encoded]
    """Trained on; at least one."""
    judged: list[Encoded]
    """Validated on, to stop in time; may be empty."""
    unseen: list[Encoded]
    """Only measured, before and after; may be empty."""

    @property
    def data(self) -> str:
        """Content id (16 hex) of what is trained and validated on."""
        return content_id([[r.ids, r.start] for side in (self.taught, self.judged) for r in side])

    def held_out_loss(self, model: Any, batch_size: int) -> float | None:
        """Return the mean loss (nats per completion token) of the unseen ones; None where there are none."""
        return _mean_loss(model, self.unseen, batch_size) if self.unseen else None


def _lessons(
    chat: Chat,
    limit: Limit,
    examples: Examples,
    held_out: Examples,
    *,
    groups: Sequence[str] | None,
    lora: GeneratorLora,
    seed: int,
) -> Lessons:
    """Return the examples encoded, and some of them put aside where training stops early.

    Raises:
        UsageError: there are none, or some are empty or too long.
    """
    rows = _encoded(chat, examples, limit, "example")
    unseen = _encoded(chat, held_out, limit, "held-out example")
    if not rows:
        raise UsageError("no examples to train on; write some below examples.path")
    taught, judged = _sides(rows, groups, lora, seed)
    return Lessons(taught, judged, unseen)


def _encoded(chat: Chat, examples: Examples, limit: Limit, name: str) -> list[Encoded]:
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
        elif len(row.ids) > limit.tokens:
            wrong.append(f"{name} {i} has {len(row.ids)} tokens, the limit is {limit.tokens}")
    if wrong:
        raise UsageError(f"{causal_lm.few(wrong)}; {limit.advice()}")
    return rows


def _sides(
    rows: Sequence[Encoded], groups: Sequence[str] | None, lora: GeneratorLora, seed: int
) -> tuple[list[Encoded], list[Encoded]]:
    """Return (rows to train on, rows to validate on); without patience all are trained on."""
    if not lora.patience:
        return list(rows), []
    named = [str(i) for i in range(len(rows))] if groups is None else groups
    taught, judged = put_aside(named, lora.evaluate_share, seed)
    return [rows[i] for i in taught], [rows[i] for i in judged]


def _objective(model: Any, judged: Sequence[Encoded], batch_size: int) -> Objective:
    """Return the loss on completions alone, and the validation on ``judged`` where it holds anything."""
    return Objective(
        "training the generator, tokens",
        lambda batch: causal_lm.completion_losses(model, batch)[0].sum(),
        (lambda: _mean_loss(model, judged, batch_size)) if judged else None,
    )


def course_of(rows: Sequence[Encoded], lora: GeneratorLora, seed: int) -> Course:
    """Return the steps of all epochs: each of ``accumulate`` batches, each batch of similar lengths."""
    epochs = []
    for batches in _epochs([len(row.ids) for row in rows], lora, seed):
        chosen = [tuple(rows[i] for i in batch) for batch in batches]
        steps = [tuple(chosen[i : i + lora.accumulate]) for i in range(0, len(chosen), lora.accumulate)]
        epochs.append([_step(step) for step in steps])
    return course(epochs, learning_rate=lora.learning_rate, exam_every=lora.evaluate_steps, patience=lora.patience)


def _step(batches: tuple[tuple[Encoded, ...], ...]) -> Step:
    rows = [row for batch in batches for row in batch]
    return Step(batches, sum(len(row.ids) for row in rows), sum(row.completion_tokens for row in rows))


def _epochs(lengths: Sequence[int], settings: GeneratorLora, seed: int) -> list[list[list[int]]]:
    """Return the batches of each epoch as indices: random, but of similar length within each."""
    random = np.random.default_rng(seed)
    found: list[list[list[int]]] = []
    for _ in range(settings.epochs):
        order = random.permutation(len(lengths))
        epoch = []
        for start in range(0, len(order), BUCKET * settings.batch_size):
            bucket = [int(i) for i in order[start : start + BUCKET * settings.batch_size]]
            sizes = [lengths[i] for i in bucket]
            epoch += [[bucket[i] for i in batch] for batch in causal_lm.ordered(sizes, settings.batch_size)]
        found.append([epoch[i] for i in random.permutation(len(epoch))])
    return found


def _mean_loss(model: Any, rows: Sequence[Encoded], batch_size: int) -> float:
    """Return the mean loss (nats per completion token) over all of ``rows``; there is at least one."""
    import torch

    total, count = 0.0, 0
    with torch.inference_mode():
        for batch in causal_lm.ordered([len(row.ids) for row in rows], batch_size):
            losses, tokens = causal_lm.completion_losses(model, [rows[i] for i in batch])
            total += float(losses.sum())
            count += int(tokens.sum())
    return total / count
