"""What an adapter is made from, and the report of its training."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.adapters.models.devices import device, peak_memory, weights_dtype
from pointsman.adapters.models.fingerprint import joined
from pointsman.adapters.models.lora import save
from pointsman.adapters.training.checkpoints import Checkpoint
from pointsman.adapters.training.inputs import CheckpointPolicy
from pointsman.core.hashing import content_id
from pointsman.core.training.report import TrainingReport
from pointsman.core.training.schedule import Journal, best

FORMAT = 1
"""Version of the checkpoint's format; a training does not continue from a checkpoint of another version."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """What an adapter is made from. On one machine, equal recipes give equal adapters."""

    base: str
    """Fingerprint of the base; the adapter loads on this base only."""
    data: str
    """Content id (16 hex) of the training and validation examples."""
    settings: Mapping[str, Any]
    """The section ``lora`` of params.yaml."""
    seed: int
    start: str | None = None
    """Fingerprint of the adapter that the training continues from; None: it starts from the base alone."""

    def checkpoint(self, policy: CheckpointPolicy) -> Checkpoint:
        """Return the checkpoint of this recipe; only a training by an equal recipe continues from it."""
        import torch

        machine = [torch.__version__, device(), torch.cuda.device_count(), str(weights_dtype())]
        identity = {
            "base": joined(self.base, self.start),
            "data": self.data,
            "settings": dict(self.settings),
            "seed": self.seed,
            "machine": machine,
            "format": FORMAT,
        }
        return Checkpoint(policy.file, content_id(identity), every=policy.every)

    def save(self, model: Any, out: Path, *, history: Mapping[str, Any] | None = None) -> str:
        """Write the adapter of a trained PEFT model to ``out``; return its content id (16 hex).

        Args:
            model: the trained model.
            out: folder of the adapter; replaced as a whole.
            history: more entries for the adapter's record.

        Raises:
            PointsmanError: the adapter cannot be written.
        """
        return save(model, out, base=self.base, seed=self.seed, settings=self.settings, history=history)


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a finished training produced."""

    adapter: str
    """Content id (16 hex) of the adapter."""
    data: str
    """Content id (16 hex) of the training and validation examples."""
    completion_tokens: int
    """Trained tokens that the loss was computed on."""
    notes: tuple[str, ...]
    """Sentences about what did not go as planned."""
    loss_before: float | None = None
    """On the held-out examples, nats per completion token; None without such examples."""
    loss_after: float | None = None
    """The same after the training."""


def training_report(journal: Journal, result: TrainingResult) -> TrainingReport:
    """Return the report of a finished training."""
    chosen = best(journal.validation)
    return TrainingReport(
        tokens=journal.tokens_done,
        completion_tokens=result.completion_tokens,
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
        held_out_loss_before=result.loss_before,
        held_out_loss_after=result.loss_after,
        data_fingerprint=result.data,
        adapter_fingerprint=result.adapter,
        notes=result.notes,
    )
