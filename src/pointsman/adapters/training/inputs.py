"""What a trainer is given: where it starts, the examples, the options, and where it keeps checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pointsman.ports.models import Message
from pointsman.settings.params import GeneratorLora, RetrieverLora

Lora = TypeVar("Lora", GeneratorLora, RetrieverLora)


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The model that an adapter is trained on."""

    folder: Path
    """In Hugging Face layout."""
    fingerprint: str
    """Content id of the folder; the trained adapter loads on this base only."""


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """The weights that a training of the generator starts from."""

    base: BaseModel
    adapter: Path | None = None
    """Folder of the adapter that the training continues from; None: it starts from the base alone."""
    replayed: Sequence[str] = ()
    """Digests of the training examples that this adapter learned before; written to the new adapter's record."""


@dataclass(frozen=True, slots=True)
class ChatExample:
    """A prompt and the answer that is learned."""

    prompt: Sequence[Message]
    """Chat messages up to the point where the assistant answers."""
    completion: str
    """What the assistant should answer; not empty."""
    group: str | None = None
    """What the example belongs to, such as the document that it cites; a group is never split between
    training and validation. None: the example is a group of its own."""


@dataclass(frozen=True, slots=True)
class GeneratorData:
    """The examples of one training of the generator."""

    training: Sequence[ChatExample]
    """Trained on; some of them are kept for validation when ``patience`` is above 0."""
    held_out: Sequence[ChatExample] = ()
    """Never trained on. Their loss is measured before and after the training."""


@dataclass(frozen=True, slots=True)
class RankingExample:
    """A query with a passage that answers it."""

    query: str
    passage: str
    negatives: tuple[str, ...] = ()
    """Passages that do not answer the query (hard negatives)."""


@dataclass(frozen=True, slots=True)
class TrainingOptions(Generic[Lora]):
    """How a training is done."""

    lora: Lora
    """The section ``lora`` of params.yaml: rank, learning rate, batches, limits, and when to stop."""
    seed: int
    """Of the initial weights, of the order of the examples, and of the choice of validation examples."""


@dataclass(frozen=True, slots=True)
class CheckpointPolicy:
    """Where a training keeps checkpoints, and how often."""

    file: Path | None = None
    """Ends in ``.safetensors``; removed once the adapter is written. None: no checkpoints."""
    every: float = 60.0
    """Seconds between two checkpoints; 0 writes one after each step. Each end of an epoch writes one too."""


NO_CHECKPOINTS = CheckpointPolicy()
