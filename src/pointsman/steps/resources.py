"""Everything a step may use, named by role. The bootstrap fills it with adapters, tests with fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.ports.index import Builder, Progress, Source, VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.stores import DocumentStore
from pointsman.ports.tracking import Tracker
from pointsman.ports.validation import Validator
from pointsman.ports.workspace import Lines, Memory, QuarantineShelf, Residue
from pointsman.settings.params import Params


@dataclass(frozen=True)
class Desk:
    """The ports of one workspace."""

    params: Params
    store: DocumentStore
    read: Source
    examine: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
    """A document's blocks, or None where its bytes are no text, and the columns that it is judged by."""
    sketch: Callable[[str], str]
    """A text's MinHash sketch, ``core.corpus.near_duplicates.SIZE`` bytes in base64."""
    examples: Lines
    probes: Lines
    models: Models
    index: VectorIndex
    ledger: Ledger
    validator: Validator
    quarantine: QuarantineShelf
    builder: Builder
    tracker: Tracker
    memory: Memory
    residue: Residue
    progress: Progress
    now: Callable[[], str]
    """The time as ISO 8601 in UTC."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    scratch: Path
    """Folder for files that are handed to the tracker."""
    schema: AnswerSchema | None = None
    """What params.yaml says that answers must look like; None where it says nothing."""
    readers: str = ""
    """Which optional parsers are there; another set reads and judges every document anew."""
