"""The loop that trains an adapter: it can be killed at any step and goes on where its last checkpoint stands."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.adapters.models.devices import device, peak_memory, weights_dtype
from pointsman.adapters.models.fingerprint import joined
from pointsman.adapters.models.lora import save
from pointsman.adapters.training.checkpoints import Checkpoint
from pointsman.core.errors import TrainingDiverged
from pointsman.core.hashing import content_id
from pointsman.core.training.report import TrainingReport
from pointsman.core.training.schedule import Course, Evaluation, Journal, best, rate, worn_out
from pointsman.ports.index import Progress

FORMAT = 1
"""Of a checkpoint; one of another format is not gone on with."""
CLIP = 1.0
"""Largest norm of a gradient."""
WEIGHT, BEST, OPTIMIZER, RANDOM = "weight", "best", "optimizer", "random"
"""First parts of a checkpoint's names."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What a training makes small, and what it is judged by."""

    label: str
    """What the progress is called; it counts tokens."""
    loss_of: Callable[[Any], Any]
    """Returns the summed loss of a batch, in the unit of ``Step.weight``."""
    validate: Callable[[], float] | None = None
    """Returns the validation loss; asked after the steps that the course names."""


def fit(
    model: Any, course: Course, objective: Objective, *, checkpoint: Checkpoint, progress: Progress | None = None
) -> Journal:
    """Train what of ``model`` wants gradients: AdamW, warm-up and cosine decay, clipped gradients.

    With a checkpoint it goes on where that stands. Where the validation loss was measured, the model is left with the
    weights that did best on it; else with the last ones.

    Args:
        model: a PEFT model, or one that holds a PEFT model.
        course: the steps.
        objective: the losses, and the name of the progress.
        checkpoint: where to keep and find what was done.
        progress: told after each step.

    Raises:
        TrainingDiverged: a loss or a gradient is no finite number; the last good checkpoint stays.
    """
    loop = Loop(model, course, checkpoint)
    journal = loop.resumed()
    tell = progress or _silent
    tell(objective.label, journal.tokens_done, course.tokens)
    begun = time.perf_counter() - journal.seconds
    model.train()
    while journal.step < len(course.steps) and not worn_out(journal.validation, course.patience):
        loop.advance(journal, objective.loss_of)
        if objective.validate is not None and journal.step in course.exams:
            loop.judge(journal, objective.validate)
        journal.seconds = time.perf_counter() - begun
        loop.keep(journal)
        tell(objective.label, journal.tokens_done, course.tokens)
    journal.stopped_early = journal.step < len(course.steps)
    tell(objective.label, course.tokens, course.tokens)
    loop.finish()
    return journal


class Loop:
    """A model in training, its optimizer, and the best weights so far."""

    def __init__(self, model: Any, course: Course, checkpoint: Checkpoint) -> None:
        import torch

        self._model, self._course, self._checkpoint = model, course, checkpoint
        self._wanted = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(
            self._wanted.values(), lr=course.learning_rate, weight_decay=0.0, fused=True
        )
        self._best: dict[str, Any] = {}

    def advance(self, journal: Journal, loss_of: Callable[[Any], Any]) -> None:
        """Do one step of the course and write it down."""
        import torch
        from peft.helpers import disable_input_dtype_casting

        step, loss = self._course.steps[journal.step], 0.0
        for group in self._optimizer.param_groups:
            group["lr"] = self._course.learning_rate * rate(journal.step, len(self._course.steps))
        for batch in step.batches:
            with disable_input_dtype_casting(
                self._model
            ):  # autocast casts; peft's own fp32 copies would take 1 GB more
                part = loss_of(batch) / step.weight
            part.backward()
            loss += part.item()
        norm = torch.nn.utils.clip_grad_norm_(self._wanted.values(), CLIP).item()
        self._screen(journal, loss, "loss")
        self._screen(journal, norm, "norm of the gradient")
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        journal.tokens.append(journal.tokens_done + step.tokens)
        journal.losses.append(loss)

    def judge(self, journal: Journal, validate: Callable[[], float]) -> None:
        """Measure the validation loss, and remember the weights when they are the best so far."""
        self._model.eval()
        loss = validate()
        self._model.train()
        self._screen(journal, loss, "validation loss", done=True)
        journal.validation.append(Evaluation(journal.step, journal.tokens_done, loss))
        if best(journal.validation) is journal.validation[-1]:
            self._best = {name: p.detach().clone() for name, p in self._wanted.items()}

    def keep(self, journal: Journal) -> None:
        """Write a checkpoint, when one is due."""
        if not (self._checkpoint.due or journal.step in self._course.rests):
            return
        tensors = {f"{WEIGHT}/{name}": p for name, p in self._wanted.items()}
        tensors |= {f"{BEST}/{name}": tensor for name, tensor in self._best.items()}
        for name, p in self._wanted.items():
            tensors |= {f"{OPTIMIZER}/{kind}/{name}": part for kind, part in self._optimizer.state[p].items()}
        self._checkpoint.write(tensors | _random_state(), journal.as_json())

    def resumed(self) -> Journal:
        """Return what was done before, with weights, optimizer and random numbers as they were then."""
        import torch

        found = self._checkpoint.read()
        if found is None:
            return Journal()
        tensors, standing = found
        random = {}
        with torch.no_grad():
            for path, tensor in tensors.items():
                kind, _, name = path.partition("/")
                if kind == WEIGHT:
                    self._wanted[name].copy_(tensor)
                elif kind == BEST:
                    self._best[name] = tensor.to(self._wanted[name].device)
                elif kind == OPTIMIZER:
                    part, _, name = name.partition("/")
                    self._optimizer.state[self._wanted[name]][part] = tensor.to(self._wanted[name].device)
                elif kind == RANDOM:
                    random[name] = tensor
        _set_random_state(random)
        return Journal.from_json(standing)

    def finish(self) -> None:
        """Leave the model with its best weights, ready to be used."""
        import torch

        with torch.no_grad():
            for name, tensor in self._best.items():
                self._wanted[name].copy_(tensor)
        self._model.eval()

    def _screen(self, journal: Journal, value: float, what: str, *, done: bool = False) -> None:
        """Refuse a number that no weight may be moved by.

        Raises:
            TrainingDiverged: it is not finite; says at which step and what is the likely cause.
        """
        if math.isfinite(value):
            return
        at = journal.step if done else journal.step + 1
        before = f"the loss before was {journal.losses[-1]:.3g}" if journal.losses else "no weight had moved yet"
        cause = (
            f"the learning rate {self._course.learning_rate:g} is probably too high; lower it"
            if journal.losses
            else "the base model's own weights are probably damaged, or overflow in this number format; check the base"
        )
        raise TrainingDiverged(
            f"the {what} at step {at} of {len(self._course.steps)} is {value}, {before}: {cause}. "
            "No adapter was written; what is live still serves"
        )


def _silent(label: str, done: int, total: int) -> None:
    """Tell nobody."""


def _random_state() -> dict[str, Any]:
    """Return the state of torch's random numbers, which dropout draws from."""
    import torch

    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {f"{RANDOM}/cpu": torch.get_rng_state()} | {f"{RANDOM}/cuda{i}": s for i, s in enumerate(devices)}


def _set_random_state(state: Mapping[str, Any]) -> None:
    """Let torch's random numbers go on where ``state`` was taken."""
    import torch

    torch.set_rng_state(state["cpu"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all([state[f"cuda{i}"] for i in range(torch.cuda.device_count())])


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an adapter is made from: on one machine, equal recipes end with equal adapters."""

    base: str
    """Fingerprint of the base; the adapter will load on nothing else."""
    data: str
    """Content id (16 hex) of what is trained and validated on."""
    settings: Mapping[str, Any]
    """Of the section ``lora``: rank, learning rate, batches, and when to stop."""
    seed: int
    """Of initialisation, order, and what is put aside to validate on."""
    start: str | None = None
    """Fingerprint of the adapter that is taught more; None: training begins on the base."""

    def checkpoint(self, file: Path | None, *, every: float) -> Checkpoint:
        """Return the checkpoint of a training by this recipe; any other one by it goes on from there.

        Args:
            file: ends in ``.safetensors``; with None nothing is kept.
            every: seconds between two checkpoints.
        """
        import torch

        machine = [torch.__version__, device(), torch.cuda.device_count(), str(weights_dtype())]
        told = {
            "base": joined(self.base, self.start),
            "data": self.data,
            "settings": dict(self.settings),
            "seed": self.seed,
            "machine": machine,
        }
        return Checkpoint(file, content_id(told | {"format": FORMAT}), every=every)


def written(
    model: Any,
    out: Path,
    recipe: Recipe,
    journal: Journal,
    checkpoint: Checkpoint,
    *,
    completion_tokens: int,
    held_out: tuple[float | None, float | None] = (None, None),
    history: Mapping[str, Any] | None = None,
) -> TrainingReport:
    """Write the trained adapter to ``out``, remove the checkpoint, which is needed no more, and return what was done.

    ``held_out`` is the loss before and after; ``history`` is what else the adapter's record says.

    Raises:
        PointsmanError: the adapter cannot be written; the checkpoint stays.
    """
    adapter = save(model, out, base=recipe.base, seed=recipe.seed, settings=recipe.settings, history=history)
    checkpoint.remove()
    chosen = best(journal.validation)
    return TrainingReport(
        tokens=journal.tokens_done,
        completion_tokens=completion_tokens,
        steps=journal.step,
        seconds=journal.seconds,
        tokens_per_second=journal.tokens_done / journal.seconds,
        peak_memory_bytes=peak_memory(),
        losses=tuple(journal.losses),
        step_tokens=tuple(journal.tokens),
        validation=tuple(journal.validation),
        best_step=chosen.step if chosen else None,
        stopped_early=journal.stopped_early,
        resumed_from=journal.resumed_from,
        held_out_loss_before=held_out[0],
        held_out_loss_after=held_out[1],
        data_fingerprint=recipe.data,
        adapter_fingerprint=adapter,
        notes=tuple(checkpoint.notes),
    )
