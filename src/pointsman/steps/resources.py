"""Everything a step may use, named by role. The bootstrap fills it with adapters, tests with fakes."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.tracking import Tracker
from pointsman.ports.validation import Validator
from pointsman.ports.workspace import ErasureSweep, Lines, Memory, QuarantineStore
from pointsman.settings.params import Params


@dataclass(frozen=True)
class Intake:
    """What comes in from people: documents, examples and probes, and what reads and judges them."""

    store: DocumentStore
    read: DocumentReader
    parse_and_measure: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
    """A document's blocks, or None where its bytes are no text, and the columns that it is judged by."""
    sketch: Callable[[str], str]
    """A text's MinHash sketch, ``core.corpus.near_duplicates.SIZE`` bytes in base64."""
    readers: str
    """Fingerprint of how documents are read (parsers, ``store.formats``); when it changes, all are opened again."""
    validator: Validator
    quarantine: QuarantineStore
    examples: Lines
    probes: Lines
    schema: AnswerSchema | None
    """What params.yaml says that answers must look like; None where it says nothing."""


@dataclass(frozen=True)
class Serving:
    """What readers are answered from, now and in a staged revision."""

    params: Params
    ledger: Ledger
    index: VectorIndex
    models: Models
    schema: AnswerSchema | None
    """What params.yaml says that answers must look like; None where it says nothing."""


@dataclass(frozen=True)
class Records:
    """What is kept of runs: the ledger, the tracker, small facts, and the time."""

    ledger: Ledger
    memory: Memory
    tracker: Tracker
    scratch: Path
    """Folder for files that are handed to the tracker."""
    now: Callable[[], str]
    """The time as ISO 8601 in UTC."""
    clock: Callable[[], float]
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Resources:
    """All ports of one workspace, as the bootstrap opens them. Steps take single ports or the groups above."""

    params: Params
    store: DocumentStore
    read: DocumentReader
    parse_and_measure: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
    """A document's blocks, or None where its bytes are no text, and the columns that it is judged by."""
    sketch: Callable[[str], str]
    """A text's MinHash sketch, ``core.corpus.near_duplicates.SIZE`` bytes in base64."""
    examples: Lines
    probes: Lines
    models: Models
    index: VectorIndex
    ledger: Ledger
    validator: Validator
    quarantine: QuarantineStore
    builder: Builder
    tracker: Tracker
    memory: Memory
    erasure_sweep: ErasureSweep
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
    """Fingerprint of how documents are read (parsers, ``store.formats``); when it changes, all are opened again."""

    @property
    def intake(self) -> Intake:
        """Return what comes in, and what judges it."""
        return Intake(**_shared(self, Intake))

    @property
    def serving(self) -> Serving:
        """Return what readers are answered from."""
        return Serving(**_shared(self, Serving))

    @property
    def records(self) -> Records:
        """Return what is kept of runs."""
        return Records(**_shared(self, Records))


def _shared(resources: "Resources", group: type) -> dict[str, Any]:
    """Return the ports that a group takes, by name."""
    return {field.name: getattr(resources, field.name) for field in fields(group)}
