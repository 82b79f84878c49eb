"""The training loop of an adapter. It can be killed at any step; the next run continues from the last checkpoint."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.adapters.training.checkpoints import Checkpoint
from pointsman.adapters.training.stop import stop_requests
from pointsman.core.errors import TrainingDiverged
from pointsman.core.training.schedule import Evaluation, Journal, TrainingPlan, best, patience_used_up, rate
from pointsman.ports.progress import Progress

CLIP = 1.0
"""Largest norm of a gradient."""
WEIGHT, BEST, OPTIMIZER, RANDOM = "weight", "best", "optimizer", "random"
"""First parts of the names of a checkpoint's tensors."""


@dataclass(frozen=True, slots=True)
class Objective:
    """The loss that a training minimises, and the loss that decides when it stops."""

    label: str
    """Name of the progress, which counts tokens."""
    loss_of: Callable[[Any], Any]
    """Returns the summed loss of a batch, in the unit of ``Step.weight``."""
    validate: Callable[[], float] | None = None
    """Returns the validation loss; called after the steps that the plan names."""


def fit(
    model: Any, plan: TrainingPlan, objective: Objective, *, checkpoint: Checkpoint, progress: Progress | None = None
) -> Journal:
    """Train the parameters of ``model`` that require gradients; return what was done.

    AdamW with warm-up, cosine decay and clipped gradients. It continues from the checkpoint when there is one.
    The model ends with the weights of the best validation loss, or with the last weights when nothing was validated.

    Args:
        model: a PEFT model, or one that contains a PEFT model.
        plan: the steps.
        objective: the losses, and the name of the progress.
        checkpoint: is read first, and written between steps.
        progress: called after each step with the tokens trained and the tokens of the whole plan.

    Raises:
        TrainingDiverged: a loss or a gradient is not a finite number; the last good checkpoint stays.
        TrainingStopped: SIGTERM or SIGINT came; the checkpoint of the last step is written.
    """
    loop = Loop(model, plan, checkpoint)
    journal = loop.resumed()
    report = progress or _silent
    report(objective.label, journal.tokens_done, plan.tokens)
    started = time.perf_counter() - journal.seconds
    model.train()
    with stop_requests() as stop:
        while journal.step < len(plan.steps) and not patience_used_up(journal.validation, plan.patience):
            loop.advance(journal, objective.loss_of)
            if objective.validate is not None and journal.step in plan.evaluation_steps:
                loop.validate(journal, objective.validate)
            journal.seconds = time.perf_counter() - started
            loop.write_checkpoint(journal, now=stop.asked)
            report(objective.label, journal.tokens_done, plan.tokens)
            stop.end_after(journal.step, len(plan.steps))
    journal.stopped_early = journal.step < len(plan.steps)
    report(objective.label, plan.tokens, plan.tokens)
    loop.finish()
    return journal


class Loop:
    """A model in training, its optimizer, and the best weights so far."""

    def __init__(self, model: Any, plan: TrainingPlan, checkpoint: Checkpoint) -> None:
        """Make the optimizer; no weight changes."""
        import torch

        self._model, self._plan, self._checkpoint = model, plan, checkpoint
        self._trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(
            self._trainable.values(), lr=plan.learning_rate, weight_decay=0.0, fused=True
        )
        self._best: dict[str, Any] = {}

    def advance(self, journal: Journal, loss_of: Callable[[Any], Any]) -> None:
        """Do the next step of the plan and add it to the journal."""
        import torch
        from peft.helpers import disable_input_dtype_casting

        step, loss = self._plan.steps[journal.step], 0.0
        for group in self._optimizer.param_groups:
            group["lr"] = self._plan.learning_rate * rate(journal.step, len(self._plan.steps))
        for batch in step.batches:
            with disable_input_dtype_casting(self._model):  # autocast casts already; fp32 copies would need 1 GB more
                part = loss_of(batch) / step.weight
            part.backward()
            loss += part.item()
        norm = torch.nn.utils.clip_grad_norm_(self._trainable.values(), CLIP).item()
        self._require_finite(journal, loss, "loss")
        self._require_finite(journal, norm, "norm of the gradient")
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        journal.tokens.append(journal.tokens_done + step.tokens)
        journal.losses.append(loss)

    def validate(self, journal: Journal, loss_of: Callable[[], float]) -> None:
        """Measure the validation loss, and remember the weights when they are the best so far."""
        self._model.eval()
        loss = loss_of()
        self._model.train()
        self._require_finite(journal, loss, "validation loss", done=True)
        journal.validation.append(Evaluation(journal.step, journal.tokens_done, loss))
        if best(journal.validation) is journal.validation[-1]:
            self._best = {name: p.detach().clone() for name, p in self._trainable.items()}

    def write_checkpoint(self, journal: Journal, *, now: bool = False) -> None:
        """Write a checkpoint if the time for one has come, if an epoch has ended, or ``now``."""
        if not (now or self._checkpoint.due or journal.step in self._plan.checkpoint_steps):
            return
        tensors = {f"{WEIGHT}/{name}": p for name, p in self._trainable.items()}
        tensors |= {f"{BEST}/{name}": tensor for name, tensor in self._best.items()}
        for name, p in self._trainable.items():
            tensors |= {f"{OPTIMIZER}/{kind}/{name}": part for kind, part in self._optimizer.state[p].items()}
        self._checkpoint.write(tensors | _random_state(), journal.as_json())

    def resumed(self) -> Journal:
        """Return the journal of the checkpoint and restore its weights, optimizer and random numbers.

        Without a checkpoint the journal is empty and nothing changes.
        """
        import torch

        found = self._checkpoint.read()
        if found is None:
            return Journal()
        tensors, state = found
        random = {}
        with torch.no_grad():
            for path, tensor in tensors.items():
                kind, _, name = path.partition("/")
                if kind == WEIGHT:
                    self._trainable[name].copy_(tensor)
                elif kind == BEST:
                    self._best[name] = tensor.to(self._trainable[name].device)
                elif kind == OPTIMIZER:
                    part, _, name = name.partition("/")
                    self._optimizer.state[self._trainable[name]][part] = tensor.to(self._trainable[name].device)
                elif kind == RANDOM:
                    random[name] = tensor
        _set_random_state(random)
        return Journal.from_json(state)

    def finish(self) -> None:
        """Give the model its best weights and switch it to evaluation."""
        import torch

        with torch.no_grad():
            for name, tensor in self._best.items():
                self._trainable[name].copy_(tensor)
        self._model.eval()

    def _require_finite(self, journal: Journal, value: float, what: str, *, done: bool = False) -> None:
        """Stop the training when a number is infinite or not a number.

        Raises:
            TrainingDiverged: names the step and the likely cause.
        """
        if math.isfinite(value):
            return
        at = journal.step if done else journal.step + 1
        before = f"the loss before was {journal.losses[-1]:.3g}" if journal.losses else "no weight had changed yet"
        cause = (
            f"the learning rate {self._plan.learning_rate:g} is probably too high; lower it"
            if journal.losses
            else "the base model's own weights are probably damaged, or overflow in this number format; check them"
        )
        raise TrainingDiverged(
            f"the {what} at step {at} of {len(self._plan.steps)} is {value}, {before}: {cause}. "
            "No adapter was written; what is live still serves"
        )


def _silent(label: str, done: int, total: int) -> None:
    """Report nothing."""


def _random_state() -> dict[str, Any]:
    """Return the state of torch's random numbers, which dropout uses."""
    import torch

    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {f"{RANDOM}/cpu": torch.get_rng_state()} | {f"{RANDOM}/cuda{i}": s for i, s in enumerate(devices)}


def _set_random_state(state: Mapping[str, Any]) -> None:
    """Restore torch's random numbers."""
    import torch

    torch.set_rng_state(state["cpu"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all([state[f"cuda{i}"] for i in range(torch.cuda.device_count())])
